// Database servers of a bench: each on a private folder and port, with 4 GB for pages, and every commit on disk before it is answered.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { freePort, sleep } from "./processes.mjs";

const run = (program, args, as) => execFileSync(program, args, { ...as, cwd: "/", stdio: "pipe" });

// Neither server runs as root.
function unprivileged(user, folder) {
  if (process.getuid() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(run("id", [flag, user])));
  fs.chownSync(folder, uid, gid);
  return { uid, gid };
}

function postgresql(folder, port) {
  const home = "/usr/lib/postgresql";
  const bin = path.join(home, fs.readdirSync(home).sort().at(-1), "bin");
  const as = unprivileged("postgres", folder);
  const data = path.join(folder, "data");
  run(path.join(bin, "initdb"), ["-A", "trust", "-N", "-U", "cardea", "-E", "UTF8", "--no-locale", "-D", data], as);
  return {
    program: path.join(bin, "postgres"), as, stop: "SIGINT",
    args: ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", folder, "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "shared_buffers=4GB", "-c", "max_wal_size=4GB"],
    ready: () => run("psql", ["-qAtX", "-h", "127.0.0.1", "-p", port, "-U", "cardea", "postgres", "-c", "SELECT 1"]),
    create: () => run("psql", ["-qAtX", "-h", "127.0.0.1", "-p", port, "-U", "cardea", "postgres", "-c", "CREATE DATABASE bench"]),
    settle: () => run("psql", ["-qAtX", "-h", "127.0.0.1", "-p", port, "-U", "cardea", "bench", "-c", "VACUUM ANALYZE", "-c", "CHECKPOINT"]),
    url: `postgresql://cardea@127.0.0.1:${port}/bench?sslmode=disable`,
  };
}

function mariadb(folder, port) {
  const as = unprivileged("mysql", folder);
  const data = path.join(folder, "data"), socket = path.join(folder, "s");
  run("mariadb-install-db", ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"], as);
  const sql = (text) => run("mariadb", ["--no-defaults", `--socket=${socket}`, "-u", "root", "-e", text]);
  return {
    program: "/usr/sbin/mariadbd", as, stop: "SIGTERM",
    args: ["--no-defaults", `--datadir=${data}`, "--bind-address=127.0.0.1", `--port=${port}`, `--socket=${socket}`, "--skip-name-resolve",
      "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=4G", "--innodb-log-file-size=1G", `--pid-file=${path.join(folder, "pid")}`],
    ready: () => sql("SELECT 1"),
    settle() {
      sql("SET GLOBAL innodb_max_dirty_pages_pct = 0");
      const dirty = () => Number(sql("SHOW STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").toString().match(/\d+$/m)[0]);
      for (let attempt = 0; dirty() > 100 && attempt < 600; ++attempt) run("sleep", ["0.2"]);
      sql("SET GLOBAL innodb_max_dirty_pages_pct = 90");
    },
    create: () => sql("CREATE DATABASE bench; CREATE USER cardea@'127.0.0.1'; GRANT ALL ON bench.* TO cardea@'127.0.0.1'"),
    url: `mysql://cardea@127.0.0.1:${port}/bench`,
  };
}

const kServers = { postgresql, mariadb };
export const engineNames = ["sqlite", ...Object.keys(kServers)];

// Settings for `[store]` and `[seal]`, how to end what was started, and settle(): waits for what the engine does by itself
// after a bulk load (statistics, dead rows, pages that are not written yet), which would be measured with the rest.
export async function startEngine(name, folder) {
  fs.mkdirSync(folder);
  if (name === "sqlite") return { store: `url = "sqlite:${path.join(folder, "cardea.db")}"`, settle() {}, async stop() {} };
  const engine = kServers[name](folder, String(await freePort()));
  const child = spawn(engine.program, engine.args, { ...engine.as, cwd: "/", stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.on("exit", () => child.kill("SIGKILL"));
  for (let attempt = 0; ; ++attempt) {
    try {
      engine.ready();
      break;
    } catch (error) {
      if (attempt === 300) throw error;
      await sleep(100);
    }
  }
  engine.create();
  return {
    store: `url = "${engine.url}"\n[seal]\nkey = "${randomBytes(32).toString("base64")}"`,
    settle: engine.settle,
    async stop() {
      child.kill(engine.stop);
      await ended;
    },
  };
}
