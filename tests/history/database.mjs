// Rows of replicated records as they stand in the database of a cell.
import { execFileSync } from 'node:child_process';

export const TABLES = ['tenant', 'client', 'connection', 'resource_server', 'client_grant', 'user', 'identity', 'credential', 'session', 'consumption',
  'refresh_family', 'consent', 'signing_key', 'ticket', 'claim', 'user_permission'];

// psql, mariadb and sqlite3 write a line per row; JSON has its tabs and line ends escaped.
function query(url, statement) {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] };
  if (url.startsWith('sqlite:')) return execFileSync('sqlite3', ['-readonly', '-separator', '\t', url.slice(7), statement], options);
  if (url.startsWith('postgresql:')) return execFileSync('psql', ['-qAtX', '-F', '\t', url, '-c', statement], options);
  const { hostname, port, username, pathname } = new URL(url);
  return execFileSync('mariadb', ['--no-defaults', '-h', hostname, '-P', port, '-u', username, '-N', '-B', '-r', pathname.slice(1), '-e', statement], options);
}

// Members in one order: what is equal has one text.
export function canonical(value) {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, canonical(value[name])]));
}

export function rowsOf(cell) {
  return TABLES.flatMap((kind) =>
    query(cell.config.store.url, `SELECT tenant, id, scope, deleted, expires_at, ver, doc FROM rec_${kind}`).split('\n').filter(Boolean).map((line) => {
      const [tenant, id, scope, deleted, expires_at, ver, doc] = line.split('\t');
      return { kind, tenant, id, scope: Number(scope), deleted: Number(deleted) !== 0, expires_at: Number(expires_at), ver: canonical(exactStamps(ver)), doc: canonical(JSON.parse(doc)) };
    }));
}

// Stamps have more digits than a number of JavaScript.
function exactStamps(text) {
  return JSON.parse(text.replace(/\[(\d+),(\d+)\]/g, '"$1.$2"'));
}

export const waiting = (cell) => Number(query(cell.config.store.url, 'SELECT count(*) FROM outbox').trim());
