// Those who speak to the mesh of a cell and are no peers of it, and what they hear.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { runCardea } from './server.mjs';

const FRAMES = ['nothing', 'hello', 'pull', 'batch', 'ack', 'beat', 'bye'];

const framed = (bytes) => [0, 0, 0, bytes.length, ...bytes];
const field = (number, bytes) => [(number << 3) | 2, bytes.length, ...bytes];
// A greeting as cell `number` (src/replicate/wire/mesh.proto), and the question for everything.
const greeting = (number) => framed(field(1, [0x08, number, 0x12, 1, 0x78, 0x18, 1, 0x20, 1]));
const pull = framed(field(2, [0x10, 0xe8, 0x07, 0x18, 0x80, 0x80, 0x40, 0x20, 4]));

// The kinds of frames that come back.
function framesFor(port, own, number) {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3', ...own }, () => socket.write(Buffer.from([...greeting(number), ...pull])));
    socket.on('data', (chunk) => (seen = Buffer.concat([seen, chunk])));
    socket.on('error', () => {});
    socket.on('close', () => resolve(kindsOf(seen)));
    setTimeout(() => socket.destroy(), 1_500);
  });
}

function kindsOf(bytes) {
  const kinds = new Set();
  for (let at = 0; at + 4 < bytes.length; at += 4 + bytes.readUInt32BE(at)) kinds.add(FRAMES[bytes[at + 4] >> 3] ?? 'unknown');
  return [...kinds];
}

export async function strangersAt({ cells }) {
  const foreign = path.join(cells.folder, 'strangers');
  mkdirSync(foreign, { recursive: true });
  await runCardea(['region', 'init', '--folder', foreign]);
  await runCardea(['region', 'certificate', '--folder', foreign, '--cell', '2']);
  await runCardea(['region', 'certificate', '--folder', cells.meshFolder, '--cell', '9']);
  const pair = (folder, cell) => ({ cert: readFileSync(path.join(folder, `cell-${cell}.crt`)), key: readFileSync(path.join(folder, `cell-${cell}.key`)) });
  const kinds = [
    ['no certificate', {}, 2],
    ['a certificate of another authority', pair(foreign, 2), 2],
    ['a cell that is not in the topology', pair(cells.meshFolder, 9), 9],
    ['a cell with the name of another', pair(cells.meshFolder, 9), 2],
  ];
  const asked = cells.meshPorts.flatMap((port) => kinds.map(async ([kind, own, number]) => ({ kind, heard: await framesFor(port, own, number) })));
  // A member that asks the same is answered: that the others heard nothing means something.
  asked.push(framesFor(cells.meshPorts[0], pair(cells.meshFolder, 2), 2).then((heard) => ({ kind: 'a member', heard })));
  return Promise.all(asked);
}
