// Three members of MariaDB with Galera, each with an address of its own on the loopback, so that every port is the usual one.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { freeNetwork, Machine } from './machine.mjs';

const USER = process.getuid() === 0 ? 'mysql' : os.userInfo().username;
const PASSWORD = 'not a secret';
const MEMBERS = 3;
const USERS = ['cardea@localhost', "cardea@'%'"].flatMap((user) => [`CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${PASSWORD}';`, `GRANT ALL ON *.* TO ${user};`]);

function owned(file) {
  if (process.getuid() === 0) chownSync(file, Number(execFileSync('id', ['-u', USER])), Number(execFileSync('id', ['-g', USER])));
  return file;
}

export class GaleraCluster {
  constructor() {
    this.folder = owned(mkdtempSync(path.join(os.tmpdir(), 'cardea-lab-galera-')));
    this.network = freeNetwork();
    this.addresses = Array.from({ length: MEMBERS }, (_, i) => `${this.network}.${i + 1}`);
    this.members = [];
  }

  static async start() {
    const cluster = new GaleraCluster();
    try {
      for (let i = 0; i < MEMBERS; i++) {
        cluster.members.push(cluster.member(i));
        await cluster.members[i].start();
        await eventually(() => cluster.isSynced(i, i + 1), { milliseconds: 60_000, every: 200, what: `member ${i + 1} (logs: ${cluster.folder})` });
      }
      cluster.sql(0, 'CREATE DATABASE cardea');
    } catch (error) {
      await cluster.stop({ cleanUp: false });
      throw error;
    }
    return cluster;
  }

  socket(i) {
    return path.join(this.folder, `n${i + 1}`, 's');
  }

  member(i) {
    const folder = path.join(this.folder, `n${i + 1}`);
    const data = path.join(folder, 'data');
    mkdirSync(folder, { mode: 0o700 });
    owned(folder);
    execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...(process.getuid() === 0 ? [`--user=${USER}`] : [])], { stdio: 'pipe', cwd: '/' });
    const users = path.join(folder, 'users.sql');
    writeFileSync(users, i === 0 ? `${USERS.join('\n')}\n` : '');
    owned(users);
    const first = i === 0;
    return new Machine(USER, ['/usr/sbin/mariadbd', '--no-defaults', `--datadir=${data}`, `--socket=${this.socket(i)}`, `--pid-file=${path.join(folder, 'pid')}`,
      `--bind-address=${this.addresses[i]}`, '--skip-name-resolve', `--init-file=${users}`, '--innodb-buffer-pool-size=64M', '--innodb-flush-log-at-trx-commit=1',
      '--wsrep-on=ON', '--wsrep-provider=/usr/lib/galera/libgalera_smm.so', '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2', '--wsrep-sst-method=rsync', '--wsrep-slave-threads=2',
      `--wsrep-node-address=${this.addresses[i]}`, `--wsrep-provider-options=gcache.size=32M;gmcast.listen_addr=tcp://${this.addresses[i]}:4567`,
      `--wsrep-cluster-address=gcomm://${first ? '' : this.addresses.join(',')}`, ...(first ? ['--wsrep-new-cluster'] : [])], path.join(folder, 'log'));
  }

  sql(i, text) {
    return execFileSync('mariadb', ['--no-defaults', `--socket=${this.socket(i)}`, '-u', 'cardea', '-N', '-e', text], { encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env.PATH, MYSQL_PWD: PASSWORD } }).trim();
  }

  isSynced(i, size) {
    const status = this.sql(i, "SHOW STATUS WHERE Variable_name IN ('wsrep_local_state_comment', 'wsrep_cluster_size')");
    return status.includes('Synced') && status.includes(`wsrep_cluster_size\t${size}`);
  }

  url() {
    return `mysql://cardea:${encodeURIComponent(PASSWORD)}@${this.addresses.join(',')}/cardea`;
  }

  // Of those that have connections of the program, the one with most.
  inUse() {
    const counts = this.members.map((_, i) => {
      try {
        return Number(this.sql(i, "SELECT count(*) FROM information_schema.processlist WHERE db = 'cardea' AND user = 'cardea'"));
      } catch {
        return 0;
      }
    });
    return counts.indexOf(Math.max(...counts));
  }

  async stop({ cleanUp = true } = {}) {
    for (const member of [...this.members].reverse()) await member.end();
    if (cleanUp && !process.env.CARDEA_E2E_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}
