// Runs the measures; see `bench/run --help`.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Cardea } from "./cardea.mjs";
import * as measures from "./measures.mjs";
import { Nginx } from "./nginx.mjs";
import { Peer, peerNames } from "./peers.mjs";
import { run } from "./processes.mjs";
import { Report } from "./report.mjs";

const kMeasures = {
  documents: measures.documents, "cc-rs256": measures.clientCredentialsRs256, "cc-es256": measures.clientCredentialsEs256,
  userinfo: measures.userinfo, refresh: measures.refresh, logins: measures.logins, starts: measures.starts,
};

const { values: options } = parseArgs({ options: {
  quick: { type: "boolean", default: false }, check: { type: "boolean", default: false },
  only: { type: "string" }, seconds: { type: "string" }, rounds: { type: "string" }, binary: { type: "string" },
  out: { type: "string" }, peer: { type: "string" }, peers: { type: "string" },
} });
const wanted = options.only ? options.only.split(",") : Object.keys(kMeasures);
for (const name of wanted)
  if (!kMeasures[name]) usage(`no measure ${name}; there are ${Object.keys(kMeasures).join(", ")}`);
if (options.peer && !peerNames.includes(options.peer)) usage(`no peer ${options.peer}; there are ${peerNames.join(", ")}`);

function usage(problem) {
  console.error(`bench/run: ${problem}`);
  process.exit(2);
}

// The small programs beside the scripts.
function compile(out) {
  const here = path.dirname(new URL(import.meta.url).pathname);
  execFileSync("gcc", ["-O2", path.join(here, "limits.c"), "-o", path.join(out, "limits"), "-lcrypto", "-lcrypt"]);
  execFileSync("gcc", ["-O2", "-shared", "-fPIC", path.join(here, "slow_fsync.c"), "-o", path.join(out, "slow_fsync.so"), "-ldl"]);
}

async function prepare(binary, folder, env) {
  fs.mkdirSync(folder);
  const cardea = await Cardea.prepare(binary, folder);
  cardea.env = env;
  cardea.bootstrap();
  await cardea.start();
  await cardea.fill();
  return cardea;
}

async function main() {
  const out = path.resolve(options.out);
  compile(out);
  const folder = fs.mkdtempSync(path.join(out, "run-"));
  const report = new Report(path.join(out, "results.jsonl"));
  const bench = {
    report, folder,
    seconds: Number(options.seconds ?? (options.quick ? 1 : 3)), rounds: Number(options.rounds ?? (options.quick ? 1 : 3)),
    slowFsync: path.join(out, "slow_fsync.so"),
    limit: async (...args) => Number(await run(0, path.join(out, "limits"), args.map(String))),
  };
  try {
    const binary = path.resolve(options.binary);
    bench.cardea = await prepare(binary, path.join(folder, "cardea"), {});
    bench.durable = await prepare(binary, path.join(folder, "durable"), { CARDEA_HASH__BCRYPT_COST: "4" });
    await bench.durable.stop();
    bench.nginx = await Nginx.start(folder);
    if (options.peer)
      bench.peer = await Peer.start(options.peer, options.peers && path.resolve(options.peers), path.resolve(process.env.PEERS_DIR ?? path.join(out, "peers")), folder);
    for (const name of wanted) {
      console.error(name);
      await kMeasures[name](bench);
    }
  } finally {
    for (const server of [bench.cardea, bench.nginx, bench.peer]) if (server?.child) await server.stop();
    const log = path.join(folder, "cardea", "server.log");
    if (fs.existsSync(log)) fs.copyFileSync(log, path.join(out, "server.log"));
    fs.rmSync(folder, { recursive: true, force: true });
  }
  report.print(["", "Access log and rate limits off, one event loop, one hashing thread. \"req/s of CPU\": per second of CPU time of the",
    "server; ratios are medians over neighbouring runs of it. Raw req/s, p50 and p99 suffer when others use the machine."]);
  return report.failed && options.check ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => {
  console.error(error);
  process.exit(1);
});
