// node-postgres and pg-query-stream against a running server: node test.js URI EXPECTED.json; prints TAP lines.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const { Pool, types } = require('pg');
const QueryStream = require('pg-query-stream');
const { clientsOf, run } = require('./tap');

const [uri, expectedFile] = process.argv.slice(2);
const expected = JSON.parse(fs.readFileSync(expectedFile, 'utf8'));
types.setTypeParser(1082, (text) => text); // dates as text: JavaScript's Date would shift them

const checks = {};

const withClient = clientsOf(uri);

checks['simple query'] = () =>
  withClient(async (client) => {
    const result = await client.query('SELECT count(*) AS n, sum(amount) AS amount FROM readings');
    assert.strictEqual(Number(result.rows[0].n), expected.count);
    assert.strictEqual(result.rows[0].amount, expected.sum_amount);
    assert.strictEqual(result.command, 'SELECT');
    assert.strictEqual(result.rowCount, 1);
  });

checks['parameters'] = () =>
  withClient(async (client) => {
    const { rows } = await client.query('SELECT * FROM readings WHERE id = $1 AND amount >= $2', [12345, 0]);
    const want = expected.row_12345;
    assert.strictEqual(rows.length, 1);
    assert.strictEqual(rows[0].id, String(want.id));
    assert.strictEqual(rows[0].value, want.value);
    assert.strictEqual(rows[0].label, want.label);
    assert.strictEqual(rows[0].day, want.day);
    assert.strictEqual(rows[0].amount, want.amount);
  });

checks['named prepared statement, used three times'] = () =>
  withClient(async (client) => {
    for (const id of [1, 2, 3]) {
      const { rows } = await client.query({ name: 'by-id', text: 'SELECT id FROM readings WHERE id = $1', values: [id] });
      assert.deepStrictEqual(rows, [{ id: String(id) }]);
    }
  });

checks['query stream reads every row once'] = () =>
  withClient(async (client) => {
    const stream = client.query(
      new QueryStream("SELECT id, label, day, amount FROM readings ORDER BY id", [], { batchSize: 777 })
    );
    const hash = crypto.createHash('md5');
    let count = 0;
    for await (const row of stream) {
      hash.update(`${count ? ';' : ''}${row.id}|${row.label ?? '~'}|${row.day}|${row.amount}`);
      count += 1;
    }
    assert.strictEqual(count, expected.count);
    assert.strictEqual(hash.digest('hex'), expected.checksum);
  });

checks['a stream that is left early frees its connection'] = () =>
  withClient(async (client) => {
    const stream = client.query(new QueryStream('SELECT * FROM range(100000000)', [], { batchSize: 100 }));
    let count = 0;
    for await (const row of stream) {
      assert.ok('range' in row);
      if (++count === 250) break;
    }
    const { rows } = await client.query('SELECT 42 AS answer');
    assert.strictEqual(rows[0].answer, 42);
  });

checks['errors carry SQLSTATE and position'] = () =>
  withClient(async (client) => {
    await assert.rejects(client.query('SELECT * FROM no_such_table'), (error) => {
      assert.strictEqual(error.code, '42P01');
      return true;
    });
    await assert.rejects(client.query('SELEC 1'), (error) => error.code === '42601');
    assert.strictEqual((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  });

checks['transaction, rollback, commit'] = () =>
  withClient(async (client) => {
    await client.query('CREATE TEMP TABLE t (a INTEGER)');
    await client.query('BEGIN');
    assert.strictEqual((await client.query('INSERT INTO t VALUES ($1), ($2)', [1, 2])).rowCount, 2);
    await client.query('ROLLBACK');
    assert.strictEqual((await client.query('SELECT * FROM t')).rowCount, 0);
    await client.query('BEGIN');
    const returned = await client.query('INSERT INTO t VALUES (7) RETURNING a');
    assert.deepStrictEqual(returned.rows, [{ a: 7 }]);
    await client.query('COMMIT');
    assert.strictEqual((await client.query('SELECT * FROM t')).rowCount, 1);
  });

checks['arrays and json'] = () =>
  withClient(async (client) => {
    const { rows } = await client.query("SELECT [1, NULL, 3]::INTEGER[] AS list, {'a': 1, 'b': ['x']} AS struct, $1::INTEGER[] AS echo", [[5, 6]]);
    assert.deepStrictEqual(rows[0].list, [1, null, 3]);
    assert.deepStrictEqual(rows[0].struct, { a: 1, b: ['x'] });
    assert.deepStrictEqual(rows[0].echo, [5, 6]);
  });

checks['pool of five, fifty queries'] = async () => {
  const pool = new Pool({ connectionString: uri, max: 5 });
  try {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => pool.query('SELECT $1::INTEGER AS i', [i]))
    );
    answers.forEach((answer, i) => assert.strictEqual(answer.rows[0].i, i));
  } finally {
    await pool.end();
  }
};

run(checks);
