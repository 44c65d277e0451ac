// node-postgres: values of JavaScript into columns of every type, on two servers: node plain_tables.js OURS THEIRS; prints TAP lines.
'use strict';
const assert = require('node:assert');
const { clientsOf, run } = require('./tap');

const uris = process.argv.slice(2);
const columns = {
  si: 'smallint', i: 'integer', b: 'bigint', n: 'numeric(12,4)', r: 'real', f: 'double precision', s: 'varchar', t: 'text', bo: 'boolean',
  d: 'date', ts: 'timestamp', tz: 'timestamptz', iv: 'interval', u: 'uuid', ba: 'bytea', j: 'json', li: 'integer[]', lt: 'text[]',
};
const values = [
  1, 70000, 2.5, 3000n, true, 'x', '12', null, Buffer.from([0, 255]), new Date('2024-02-29T23:01:02.003Z'), { a: [1] }, [1, null, 3], ['a', 'b c'],
  '00000000-0000-0000-0000-000000000005', '3 days',
];
const statements = (column) => [
  `insert into plain_types (${column}) values ($1)`,
  `insert into plain_types (${column}) select $1`,
  `update plain_types set ${column} = $1`,
];

async function answers(uri, column) {
  return clientsOf(uri)(async (client) => {
    await client.query(`create temp table plain_types (k integer, ${Object.entries(columns).map((pair) => pair.join(' ')).join(', ')})`);
    const found = [];
    for (const value of values) {
      for (const sql of statements(column)) {
        await client.query('delete from plain_types');
        if (sql.startsWith('update')) await client.query('insert into plain_types (k) values (0)');
        let stored;
        try {
          await client.query(sql, [value]);
          stored = (await client.query(`select ${column} as c from plain_types`)).rows[0].c;
        } catch (error) {
          stored = error.code;
        }
        found.push([sql, String(value), stored]);
      }
    }
    return found;
  });
}

const checks = {};
for (const column of Object.keys(columns)) {
  checks[`${columns[column]} takes what PostgreSQL takes`] = async () => {
    const [ours, theirs] = [await answers(uris[0], column), await answers(uris[1], column)];
    assert.deepStrictEqual(ours, theirs);
  };
}

checks['lists in conditions'] = async () => {
  const found = [];
  for (const uri of uris) {
    await clientsOf(uri)(async (client) => {
      await client.query('create temp table listed (i integer, b bigint, s varchar)');
      await client.query("insert into listed values (1, 10, 'a'), (2, 20, 'b c'), (3, null, null)");
      const texts = ['i = any($1)', 'b <> all($1)', 'i > any($1)'].map((condition) => [condition, [1, 10, null]]);
      texts.push(['s = any($1)', ['a', 'b c']], ['s <> all($1)', ['a']], ['s = any($1)', []]);
      const answer = [];
      for (const [condition, list] of texts) {
        answer.push((await client.query(`select i from listed where ${condition} order by i`, [list])).rows);
      }
      found.push(answer);
    });
  }
  assert.deepStrictEqual(found[0], found[1]);
};

run(checks);
