// Three members of PostgreSQL under Patroni, with etcd, from the files of deploy/patroni as an operator takes them: only
// folders are others. Each member has an address of its own on the loopback.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { send } from '../end_to_end/harness/http.mjs';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { freeNetwork, Machine } from './machine.mjs';

const TEMPLATES = path.resolve(import.meta.dirname, '../../deploy/patroni');
const NAMES = ['n1', 'n2', 'n3'];
const USER = process.getuid() === 0 ? 'postgres' : os.userInfo().username;
const PASSWORD = 'not a secret';

function owned(file) {
  if (process.getuid() === 0) chownSync(file, Number(execFileSync('id', ['-u', USER])), Number(execFileSync('id', ['-g', USER])));
  return file;
}

const folderIn = (...parts) => {
  mkdirSync(path.join(...parts), { recursive: true, mode: 0o700 });
  return owned(path.join(...parts));
};

function write(file, text) {
  writeFileSync(file, text, { mode: 0o600 });
  return owned(file);
}

export class PatroniCluster {
  constructor() {
    this.folder = owned(mkdtempSync(path.join(os.tmpdir(), 'cardea-lab-patroni-')));
    this.network = freeNetwork();
    this.addresses = NAMES.map((_, i) => `${this.network}.${i + 1}`);
    this.members = new Map();
    this.stores = [];
  }

  static async start() {
    const cluster = new PatroniCluster();
    try {
      cluster.makeCertificate();
      for (const name of NAMES) cluster.stores.push(cluster.machine(name, 'etcd', ['/usr/bin/etcd', '--config-file', cluster.file(name, 'etcd.yml')]));
      await Promise.all(cluster.stores.map((store) => store.start()));
      for (const name of NAMES) {
        cluster.members.set(name, cluster.machine(name, 'patroni', ['/usr/bin/patroni', cluster.file(name, 'patroni.yml')]));
        await cluster.members.get(name).start();
      }
      await eventually(() => cluster.isWhole(), { milliseconds: 90_000, every: 200, what: `a leader, its synchronous standby and a replica (logs: ${cluster.folder})` });
      await cluster.makeDatabase();
    } catch (error) {
      await cluster.stop({ cleanUp: false });
      throw error;
    }
    return cluster;
  }

  machine(name, what, command) {
    const folder = folderIn(this.folder, name);
    return new Machine(USER, command, path.join(folder, `${what}.log`), { ETCD_UNSUPPORTED_ARCH: process.arch });
  }

  // What an operator replaces in a template, and our folders in place of the system's.
  file(name, template) {
    const address = this.addresses[NAMES.indexOf(name)];
    const data = folderIn(this.folder, name, 'data');
    const values = {
      NAME: name, ADDRESS: address, NETWORK: '127.0.0.0/8', API_PASSWORD: PASSWORD, SUPERUSER_PASSWORD: PASSWORD, REPLICATION_PASSWORD: PASSWORD,
      ...Object.fromEntries(this.addresses.map((each, i) => [`ADDRESS_${i + 1}`, each])),
    };
    const folders = {
      '/etc/patroni/tls': this.folder, '/etc/etcd/tls': this.folder, '/var/lib/etcd/cardea': path.join(data, 'etcd'),
      '/var/lib/postgresql/15/cardea': path.join(data, 'pg'), '/var/lib/postgresql/.pgpass-patroni': path.join(data, 'pgpass'),
      '/var/run/postgresql': folderIn(this.folder, name, 'run'),
    };
    let text = readFileSync(path.join(TEMPLATES, template), 'utf8');
    for (const [from, to] of Object.entries(folders)) text = text.replaceAll(from, to);
    text = text.replaceAll(/@([A-Z_0-9]+)@/g, (_, key) => values[key]);
    return write(path.join(this.folder, name, template), text);
  }

  makeCertificate() {
    const [key, certificate] = ['node.key', 'node.pem'].map((file) => path.join(this.folder, file));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '7', '-subj', '/CN=lab',
      '-addext', `subjectAltName=${['127.0.0.1', ...this.addresses].map((address) => `IP:${address}`).join(',')}`, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    write(path.join(this.folder, 'ca.pem'), readFileSync(certificate));
    for (const file of [key, certificate]) owned(file);
  }

  // Until each member has it: libpq goes on to the next host when one is away, but not when it lacks the database.
  async makeDatabase() {
    const sql = (host, text) => execFileSync('psql', ['-qAtX', '-h', host, '-U', 'postgres', 'postgres', '-c', text], { encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env.PATH, PGPASSWORD: PASSWORD, PGSSLMODE: 'require' } });
    const leader = this.addresses[NAMES.indexOf(this.leader)];
    sql(leader, `CREATE ROLE cardea LOGIN PASSWORD '${PASSWORD}'`);
    sql(leader, "CREATE DATABASE cardea OWNER cardea ENCODING 'UTF8' TEMPLATE template0");
    const has = (address) => sql(address, "SELECT count(*) FROM pg_database WHERE datname = 'cardea'").trim() === '1';
    await eventually(() => this.addresses.every(has), { what: 'the database at each member' });
  }

  // As the members see each other: {name, role, state}. Of the first that answers.
  async list() {
    for (const address of this.addresses) {
      const answer = await send(`https://${address}:8008/cluster`, { agent: this.agent ??= this.makeAgent() }).catch(() => undefined);
      if (answer?.status === 200) return answer.json.members;
    }
    return [];
  }

  makeAgent() {
    return new https.Agent({ ca: readFileSync(path.join(this.folder, 'ca.pem')) });
  }

  async isWhole() {
    const members = await this.list();
    this.leader = members.find(({ role }) => role === 'leader')?.name;
    return members.length === NAMES.length && members.every(({ state }) => state === 'running' || state === 'streaming') &&
      this.leader !== undefined && members.some(({ role }) => role === 'sync_standby');
  }

  // `sslmode=verify-full` as the README says.
  url() {
    const authority = path.join(this.folder, 'ca.pem');
    return `postgresql://cardea:${encodeURIComponent(PASSWORD)}@${this.addresses.join(',')}/cardea?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`;
  }

  switchOver(leader) {
    const options = { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', HOME: this.folder } };
    return promisify(execFile)('/usr/bin/patronictl', ['-c', path.join(this.folder, leader, 'patroni.yml'), 'switchover', '--master', leader, '--force'], options);
  }

  async stop({ cleanUp = true } = {}) {
    this.agent?.destroy();
    await Promise.all([...this.members.values()].map((member) => member.end()));
    await Promise.all(this.stores.map((store) => store.end()));
    if (cleanUp && !process.env.CARDEA_E2E_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}
