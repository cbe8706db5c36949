#!/usr/bin/env node
// Sends each line of the standard input, "GROUP TEXT", to that group over awpsd's socket, and ends
// with status 0 when everything is delivered.
//
//   echo "device-7 on" | ./send.mjs [SOCKET]

import net from 'node:net';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

const path = process.argv[2] ?? '/run/awpsd/awpsd.sock';
let sent = 0;
let good = 0;
let isWhole = false; // all of the input is read

// Lines end at line feeds only, not at carriage returns. Bytes that are not UTF-8 are an error.
async function* lines(input) {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = Buffer.concat([rest, chunk]);
    for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
      yield utf8.decode(rest.subarray(0, end));
    }
  }
  if (rest.length > 0) yield utf8.decode(rest);
}

async function* actions(input) {
  yield '{"hello":{"ack":"delivered","producer":"node example"}}\n';
  for await (const line of lines(input)) {
    const [, group, text] = line.match(/^([^ ]*) ?(.*)$/s);
    sent += 1;
    yield `${JSON.stringify({ actionName: 'sendToGroup', group, data: text })}\n`;
  }
  isWhole = true;
}

async function readReplies(socket) {
  for await (const line of lines(socket)) {
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
  // Both at a time: a program that only writes comes to a standstill with awpsd. pipeline() waits
  // while the socket is full, and ends our side.
  const replies = readReplies(socket);
  const writing = pipeline(actions(process.stdin), socket);
  // After the last reply there is nothing to wait for, even if the input is still open.
  await Promise.race([Promise.all([replies, writing]), replies]);
  if (!isWhole) throw new Error('awpsd ended the connection before the end of the input');
} catch (error) {
  console.error(`${path}: ${error.message}`);
  process.exitCode = 1;
}
if (good < sent) {
  console.error(`${sent - good} of ${sent} are not delivered`);
  process.exitCode = 1;
}
process.exit(); // an open input would keep it
