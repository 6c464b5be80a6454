// Runs the C++ program and talks to it line by line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export function startPeer() {
  const program = process.env.JOSE_INTEROP_PEER;
  if (!program) throw new Error('JOSE_INTEROP_PEER names the built jose_interop_peer');
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift().resolve(JSON.parse(line)));
  child.on('exit', (code) => waiting.forEach((one) => one.reject(new Error(`the peer ended with ${code}`))));
  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
    },
    stop: () => child.stdin.end(),
  };
}
