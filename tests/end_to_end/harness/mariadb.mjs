// MariaDB servers for one test: private folders, free ports of the loopback. As root they run as `mysql`. A server that
// starts removes the temporary tables of all others in its tmpdir, so each has its own.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

const run = promisify(execFile);
let servers = 0;

function otherUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class MariadbServer {
  // With an empty database "main", or as a replica of `primary` (GTID, read_only) from its beginning. It runs.
  static async start(primary) {
    const server = new MariadbServer();
    server.number = ++servers;
    server.as = { ...otherUser(), cwd: '/' };
    server.folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-mariadb-'));
    if (server.as.uid) chownSync(server.folder, server.as.uid, server.as.gid);
    server.data = path.join(server.folder, 'data');
    [server.port] = (await freePorts(1)).map(String);
    await run('mariadb-install-db', ['--no-defaults', `--datadir=${server.data}`, `--tmpdir=${server.folder}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--innodb-log-file-size=8M'], server.as);
    if (primary) server.more = ['--read-only=1'];
    await server.start();
    await server.sql(primary
      ? `CHANGE MASTER TO master_host = '127.0.0.1', master_port = ${primary.port}, master_user = 'replica', master_password = 'not-a-secret', master_connect_retry = 1, master_use_gtid = slave_pos; START SLAVE`
      // No right of `cardea` goes around read_only.
      : "CREATE DATABASE main; CREATE USER cardea@'127.0.0.1' IDENTIFIED BY 'not-a-secret'; GRANT ALL ON cardea.* TO cardea@'127.0.0.1'; GRANT ALL ON main.* TO cardea@'127.0.0.1'; "
        + "CREATE USER replica@'127.0.0.1' IDENTIFIED BY 'not-a-secret'; GRANT REPLICATION SLAVE ON *.* TO replica@'127.0.0.1'");
    return server;
  }

  async start() {
    this.child = spawn('/usr/sbin/mariadbd', ['--no-defaults', `--datadir=${this.data}`, `--tmpdir=${this.folder}`, `--socket=${path.join(this.folder, 's')}`, `--pid-file=${path.join(this.folder, 'pid')}`,
      '--bind-address=127.0.0.1', `--port=${this.port}`, '--skip-name-resolve', '--innodb-buffer-pool-size=32M', '--innodb-log-file-size=8M', '--innodb-flush-log-at-trx-commit=2',
      `--server-id=${this.number}`, '--log-bin=binlog', '--log-slave-updates', '--binlog-format=ROW', ...(this.more ?? [])], { ...this.as, stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await eventually(() => this.sql('SELECT 1'), { milliseconds: 30_000, every: 100, what: `the MariaDB in ${this.data}` });
  }

  async sql(text, database = 'mysql') {
    const { stdout } = await run('mariadb', ['--no-defaults', `--socket=${path.join(this.folder, 's')}`, '-u', 'root', '-N', database, '-e', text], { cwd: '/' });
    return stdout.trim();
  }

  url(database = 'main') {
    return `mysql://cardea:not-a-secret@127.0.0.1:${this.port}/${database}`;
  }

  // Until this replica has what the primary has committed.
  async catchUp(primary) {
    const position = await primary.sql('SELECT @@gtid_binlog_pos');
    await eventually(async () => (await this.sql(`SELECT MASTER_GTID_WAIT('${position}', 1)`)) === '0', { what: 'the replica' });
  }

  // What comes from the primary is received and not shown until resume().
  async pause() {
    await this.sql('STOP SLAVE SQL_THREAD');
  }

  async resume() {
    await this.sql('START SLAVE SQL_THREAD');
  }

  async promote() {
    this.more = [];
    await this.sql('STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0');
  }

  async kill(signal = 'SIGKILL') {
    this.child?.kill(signal);
    await this.ended;
    this.child = undefined;
  }

  async stop() {
    await this.kill('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}
