// Cells that follow each other: one deployment, one issuer, a store of its own for each, on different engines.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import assert from 'node:assert/strict';
import { DatabaseServer } from './database_server.mjs';
import { freePorts } from './ports.mjs';
import { send } from './http.mjs';
import { prepareServer, runCardea } from './server.mjs';

async function region(...args) {
  const done = await runCardea(['region', ...args]);
  assert.equal(done.code, 0, done.stderr);
}

export class Cells {
  // `engines`: 'sqlite', 'postgresql' or 'mariadb' for each. The first one is bootstrapped; the others begin empty.
  // `through(from, to, port)`: the address at which cell `from` finds the mesh of cell `to`, which listens on `port`.
  static async start(engines, { through = (from, to, port) => `127.0.0.1:${port}`, config = {} } = {}) {
    const cells = new Cells();
    cells.folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-cells-'));
    cells.databases = new Map();
    cells.all = [];
    const seal = randomBytes(32).toString('base64');
    const mesh = path.join(cells.folder, 'mesh');
    const ports = await freePorts(engines.length);
    const members = engines.map((engine, i) => ({ number: i + 1, id: `${engine}-${i + 1}`, port: ports[i] }));
    cells.meshFolder = mesh;
    cells.meshPorts = ports;
    await region('init', '--folder', mesh);
    for (const [i, engine] of engines.entries()) {
      const number = i + 1;
      await region('certificate', '--folder', mesh, '--cell', String(number));
      const folder = path.join(cells.folder, `cell-${number}`);
      const topology = path.join(cells.folder, `topology-${number}.toml`);
      const seen = members.map(({ id, number: other, port }) => `[[cell]]\nnumber = ${other}\nid = "${id}"\nmesh = ["${other === number ? `127.0.0.1:${port}` : through(number, other, port)}"]\n`);
      await writeFile(topology, seen.join('\n'));
      const cell = await prepareServer(folder, {
        ...config,
        ...(await cells.store(engine, folder)),
        seal: { key: seal },
        ...(cells.all.length ? { public: { base_url: cells.all[0].config.public.base_url } } : {}),
        listen: { mesh: `127.0.0.1:${ports[i]}` },
        cell: { id: `${engine}-${number}`, number, region: `region-${number}` },
        topology: { file: topology },
        mesh: { authority: path.join(mesh, 'authority.crt'), certificate: path.join(mesh, `cell-${number}.crt`), key: path.join(mesh, `cell-${number}.key`) },
      });
      if (!cells.all.length) cell.tenant = await cell.bootstrap();
      else cell.secrets = cells.all[0].secrets;
      cells.all.push(cell);
    }
    // All at once: none signs anybody in before it has what the others have.
    await Promise.all(cells.all.map((cell) => cells.startOne(cell)));
    return cells;
  }

  async store(engine, folder) {
    if (engine === 'sqlite') return { store: { url: `sqlite:${path.join(folder, 'cardea.db')}` } };
    if (!this.databases.has(engine)) this.databases.set(engine, await DatabaseServer.start(engine));
    return { store: this.databases.get(engine).fresh().store };
  }

  startOne(cell) {
    return cell.start({ host: this.all[0].host });
  }

  // A request that reaches this cell, with the name by which people know all of them.
  at(cell, path, options = {}) {
    return send(`${cell.base}${path}`, { ...options, headers: { ...options.headers, host: this.all[0].host } });
  }

  // `lost`: some were killed or could not do their work, and say so in their logs.
  async stop({ lost = false } = {}) {
    for (const cell of this.all)
      if (lost) await cell.kill();
      else await cell.stop({ cleanUp: false });
    for (const database of this.databases.values()) await database.stop();
    if (!process.env.CARDEA_E2E_KEEP) await rm(this.folder, { recursive: true, force: true });
  }
}
