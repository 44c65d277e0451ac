// pg-cursor, and cursors in plain SQL through node-postgres: node cursors.js URI; prints TAP lines.
'use strict';
const assert = require('node:assert');
const Cursor = require('pg-cursor');
const { clientsOf, run } = require('./tap');

const [uri] = process.argv.slice(2);
const checks = {};

const withClient = clientsOf(uri);

const ids = (rows) => rows.map((row) => Number(row.id));
const upTo = (first, end) => Array.from({ length: end - first }, (_, i) => first + i);

checks['pg-cursor reads a result to its end in batches'] = () =>
  withClient(async (client) => {
    const cursor = client.query(new Cursor('SELECT id FROM readings WHERE id >= $1 ORDER BY id', [5]));
    const all = [];
    for (let rows = await cursor.read(999); rows.length > 0; rows = await cursor.read(999)) all.push(...ids(rows));
    assert.deepStrictEqual(all, upTo(5, 20000));
    await cursor.close();
  });

checks['pg-cursor is closed early, and the connection goes on'] = () =>
  withClient(async (client) => {
    for (let i = 0; i < 3; i++) {
      const cursor = client.query(new Cursor('SELECT i AS id FROM generate_series(1, 1000000) AS t(i)'));
      assert.deepStrictEqual(ids(await cursor.read(10)), upTo(1, 11));
      await cursor.close();
      const { rows } = await client.query('SELECT 42 AS answer');
      assert.strictEqual(rows[0].answer, 42);
    }
  });

checks['pg-cursor in a transaction, read again after an error elsewhere'] = () =>
  withClient(async (client) => {
    await client.query('BEGIN');
    const cursor = client.query(new Cursor('SELECT id FROM readings ORDER BY id'));
    assert.deepStrictEqual(ids(await cursor.read(3)), [0, 1, 2]);
    await cursor.close();
    await assert.rejects(client.query('SELECT * FROM no_such_table'), (error) => error.code === '42P01');
    await assert.rejects(client.query('FETCH nobody'), (error) => error.code === '25P02');
    await client.query('ROLLBACK');
  });

checks['pg-cursor fails where its query does'] = () =>
  withClient(async (client) => {
    const cursor = client.query(new Cursor('SELECT * FROM no_such_table'));
    await assert.rejects(cursor.read(1), (error) => error.code === '42P01');
    assert.strictEqual((await client.query('SELECT 1 AS one')).rows[0].one, 1);
  });

checks['scrolls in SQL'] = () =>
  withClient(async (client) => {
    await client.query('BEGIN');
    await client.query('DECLARE c SCROLL CURSOR FOR SELECT id, label FROM readings ORDER BY id');
    const fetch = async (words) => ids((await client.query(`FETCH ${words} FROM c`)).rows);
    assert.deepStrictEqual(await fetch('3'), [0, 1, 2]);
    assert.deepStrictEqual(await fetch('LAST'), [19999]);
    assert.deepStrictEqual(await fetch('BACKWARD 2'), [19998, 19997]);
    assert.deepStrictEqual(await fetch('ABSOLUTE 10'), [9]);
    assert.deepStrictEqual(await fetch('RELATIVE -5'), [4]);
    const moved = await client.query('MOVE 100 FROM c');
    assert.strictEqual(moved.command, 'MOVE');
    assert.strictEqual(moved.rowCount, 100);
    await client.query('COMMIT');
    await assert.rejects(client.query('FETCH 1 FROM c'), (error) => error.code === '34000');
  });

checks['holds over COMMIT in SQL'] = () =>
  withClient(async (client) => {
    await client.query('DECLARE held CURSOR WITH HOLD FOR SELECT id FROM readings ORDER BY id');
    await client.query('BEGIN');
    assert.deepStrictEqual(ids((await client.query('FETCH 5000 FROM held')).rows), upTo(0, 5000));
    await client.query('ROLLBACK');
    const all = (await client.query({ text: 'FETCH ALL FROM held', rowMode: 'array' })).rows;
    assert.deepStrictEqual(all.map((row) => Number(row[0])), upTo(5000, 20000));
    assert.strictEqual((await client.query('CLOSE held')).command, 'CLOSE');
  });

run(checks);
