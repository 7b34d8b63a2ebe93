// Three parties and their server in one process add up the same values with jiff-mpc, round after round. For each line on standard input
// one line comes back: milliseconds from sharing to the opened sums. Usage: node jiff-sum.js VALUES
'use strict';
const http = require('http');
const path = require('path');
const readline = require('readline');
// Installed where it was started from, not beside this file.
const { JIFFServer, JIFFClient } = require(require.resolve('jiff-mpc', { paths: [path.resolve('.')] }));

const parties = 3;
const values = Number(process.argv[2]);

const server = http.createServer();
const jiffServer = new JIFFServer(server, { logs: false });
server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  const clients = [];
  for (let at = 0; at < parties; at++) {
    clients.push(new JIFFClient(address, 'sum', {
      party_count: parties,
      crypto_provider: true,
      onError: (_, message) => { throw new Error(String(message)); },
    }));
  }

  let ready = 0;
  for (const client of clients) {
    client.wait_for([1, 2, 3], () => { if (++ready === parties) serve(clients); });
  }
});

function serve(clients) {
  console.log('ready');
  readline.createInterface({ input: process.stdin }).on('line', async () => {
    const started = process.hrtime.bigint();
    const sums = await Promise.all(clients.map(sum));
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    for (const opened of sums) {
      if (opened.length !== values || opened.some((one, at) => Number(one) !== parties * (at + 1))) throw new Error('The sum is wrong.');
    }

    console.log(milliseconds.toFixed(3));
  }).on('close', () => process.exit(0));
}

function sum(client) {
  const opened = [];
  for (let at = 0; at < values; at++) {
    const shares = client.share(at + 1);
    opened.push(client.open(shares[1].sadd(shares[2]).sadd(shares[3])));
  }

  return Promise.all(opened);
}
