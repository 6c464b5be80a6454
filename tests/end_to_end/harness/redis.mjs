// A Redis of a test, or of a whole run, on a free port.
import { execFile, spawn } from 'node:child_process';
import net from 'node:net';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

function listens(port) {
  return new Promise((resolve) => {
    const probe = net.connect(port, '127.0.0.1', () => resolve(probe.end() && true));
    probe.once('error', () => resolve(false));
  });
}

export class Redis {
  static async start() {
    const redis = new Redis();
    [redis.port] = await freePorts(1);
    redis.url = `redis://127.0.0.1:${redis.port}`;
    await redis.start();
    return redis;
  }

  async start() {
    this.child = spawn('redis-server', ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore', cwd: '/' });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await eventually(() => listens(this.port), { what: 'the Redis of the tests' });
  }

  // What redis-cli prints.
  run(...command) {
    return new Promise((resolve, reject) => execFile('redis-cli', ['-p', String(this.port), ...command], (error, stdout) => (error ? reject(error) : resolve(stdout.trim()))));
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
