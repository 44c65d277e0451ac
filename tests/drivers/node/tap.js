// What the programs here share: connections to the server under test, and checks by name that print TAP lines.
'use strict';
const { Client } = require('pg');

function clientsOf(uri) {
  return async function withClient(work) {
    const client = new Client({ connectionString: uri });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
}

async function run(checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${name}: ${error.stack}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

module.exports = { clientsOf, run };
