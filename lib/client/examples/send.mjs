#!/usr/bin/env node
// Sends each line of the standard input, "GROUP TEXT", to that group over awpsd's socket, and ends
// with status 0 when everything is delivered.
//
//   echo "device-7 on" | ./send.mjs [SOCKET]

import net from 'node:net';
import readline from 'node:readline';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

const path = process.argv[2] ?? '/run/awpsd/awpsd.sock';
let sent = 0;
let good = 0;

async function* lines(input) {
  yield '{"hello":{"ack":"delivered","producer":"node example"}}\n';
  for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
    const [, group, text] = line.match(/^([^ ]*) ?(.*)$/s);
    sent += 1;
    yield `${JSON.stringify({ actionName: 'sendToGroup', group, data: text })}\n`;
  }
}

async function readReplies(socket) {
  for await (const line of readline.createInterface({ input: socket })) {
    const reply = JSON.parse(line);
    if (reply.status === 'delivered' || reply.status === 'superseded') {
      good += reply.from === undefined ? 1 : reply.to - reply.from + 1;
    } else if (reply.status === 'warning') {
      console.error(`warning: ${reply.message}`);
    } else if (reply.status !== 'ready') {
      console.error(`line ${reply.seq}: ${reply.error.message}`);
    }
  }
}

try {
  // Half open: after our end awpsd still answers the rest, and then closes.
  const socket = net.createConnection({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  // Both at a time: who only writes comes to a standstill with awpsd. pipeline() waits where the
  // socket is full, and ends our side.
  await Promise.all([readReplies(socket), pipeline(lines(process.stdin), socket)]);
} catch (error) {
  console.error(`${path}: ${error.message}`);
  process.exitCode = 1;
}
if (good < sent) {
  console.error(`${sent - good} of ${sent} are not delivered`);
  process.exitCode = 1;
}
