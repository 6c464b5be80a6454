// Few users and many on each store; see `bench/scale --help`.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Cardea, form } from "./cardea.mjs";
import { engineNames, startEngine } from "./engines.mjs";
import { fire } from "./load.mjs";
import { rssMegabytes } from "./processes.mjs";

const kFew = { users: 1_000, tenants: 10 };
const kMostRatio = 1.5, kMostMemory = 300;
const kRotations = { sqlite: 3_000, postgresql: 2_000, mariadb: 1_500 };
const kPrefix = "member";
const kLatencyConnections = 2, kRateConnections = 64;
const kRounds = 9;

const { values: options } = parseArgs({ options: {
  quick: { type: "boolean", default: false }, check: { type: "boolean", default: false }, engines: { type: "string", default: engineNames.join(",") },
  users: { type: "string" }, tenants: { type: "string" }, seconds: { type: "string" }, binary: { type: "string" }, out: { type: "string" },
} });
const many = { users: Number(options.users ?? (options.quick ? 20_000 : 1_000_000)), tenants: Number(options.tenants ?? (options.quick ? 100 : 10_000)) };
const seconds = Number(options.seconds ?? (options.quick ? 1 : 3));

// Both numbers of a size, from what is there already.
function fill(cardea, folder, { users, tenants }) {
  const file = path.join(folder, "users.ndjson");
  const out = fs.openSync(file, "w");
  execFileSync(path.join(import.meta.dirname, "make_users"), [String(users), "4", kPrefix], { stdio: ["ignore", out, "inherit"] });
  fs.closeSync(out);
  const imported = cardea.command("user", "import", file);
  fs.writeFileSync(file, Array.from({ length: tenants }, (_, i) => `tenant-${i}\n`).join(""));
  const begin = performance.now();
  const made = cardea.command("tenant", "import", file);
  fs.rmSync(file);
  return { users: imported.created / imported.seconds, tenants: made.created / ((performance.now() - begin) / 1000) };
}

// What is asked of a server with so many users. Tokens are new in each round: a round uses them up.
const kShots = {
  login: (cardea, users) => ({ url: cardea.tlsBase, path: "/oauth/token", count: users,
    body: form({ ...cardea.loginForm("ES256"), username: `${kPrefix}{i}@bench.test` }).replace("%7Bi%7D", "{i}") }),
  "look-up": (cardea, users) => ({ url: cardea.tlsBase, path: `/api/v2/users/auth0%7C${kPrefix}{i}`, bearer: cardea.management, count: users }),
  refresh: async (cardea) => ({ url: `${cardea.tlsBase}/oauth/token`, body: form(cardea.refreshForm("ES256")), tokens: await cardea.mintRefreshTokens("ES256", 64) }),
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// p50 and p99 at few connections of each side, {login, refresh, look-up}: the sides take turns, so that what disturbs the
// machine disturbs both, and each number is the median of its rounds.
async function latencies(sides) {
  const fired = sides.map(() => ({}));
  for (const measure of Object.keys(kShots))
    for (let round = 0; round <= kRounds; ++round)
      for (const [i, { cardea, users }] of sides.entries()) {
        const seen = await fire(cardea, { ...(await kShots[measure](cardea, users)), connections: kLatencyConnections }, round === 0 ? 1 : seconds);
        if (seen.requests === 0) throw new Error(`${measure}: nothing was answered`);
        if (round > 0) (fired[i][measure] ??= []).push(seen);
      }
  const summary = (rounds) => ({
    p50: median(rounds.map((seen) => seen.p50)), p99: median(rounds.map((seen) => seen.p99)), worst: Math.max(...rounds.map((seen) => seen.p99)),
    errors: rounds.reduce((sum, seen) => sum + seen.errors, 0),
  });
  return fired.map((of) => Object.fromEntries(Object.entries(of).map(([measure, rounds]) => [measure, summary(rounds)])));
}

async function rotations(cardea) {
  const tokens = await cardea.mintRefreshTokens("ES256", 256);
  return fire(cardea, { url: `${cardea.tlsBase}/oauth/token`, body: form(cardea.refreshForm("ES256")), tokens, connections: kRateConnections }, seconds);
}

// A server of its own with so many users, on a store of its own.
async function prepareSide(name, folder, size) {
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o755);
  const engine = await startEngine(name, path.join(folder, "store"));
  const cardea = await Cardea.prepare(path.resolve(options.binary), folder, { store: engine.store, cores: "0,1" });
  cardea.env = { CARDEA_HASH__BCRYPT_COST: "4" };
  cardea.bootstrap();
  await cardea.start();
  await cardea.fill();
  await cardea.stop();
  return { ...size, engine, cardea, rate: fill(cardea, folder, size) };
}

async function endSide({ cardea, engine }) {
  if (cardea.child?.exitCode === null) await cardea.stop();
  await engine.stop();
}

async function measure(name, users) {
  const folder = fs.mkdtempSync(path.join(path.resolve(options.out), "scale-"));
  fs.chmodSync(folder, 0o755);
  const sides = [];
  try {
    for (const [i, size] of [kFew, { users, tenants: many.tenants }].entries()) sides.push(await prepareSide(name, path.join(folder, String(i)), size));
    for (const { engine } of sides) engine.settle();
    execFileSync("sync");
    for (const side of sides) side.started = await side.cardea.start();
    for (const [i, seen] of (await latencies(sides)).entries()) Object.assign(sides[i], { seen, rss: rssMegabytes(sides[i].cardea.pid) });
    await endSide(sides[0]);
    sides[1].rotations = await rotations(sides[1].cardea);
    return { name, sizes: sides.map(({ engine, cardea, ...result }) => result) };
  } finally {
    for (const side of sides) await endSide(side);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const number = (value, digits = 0) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const row = (cells) => console.log(`| ${cells.join(" | ")} |`);

// Prints a table of the engine; gives what was missed.
function report({ name, sizes: [few, most] }) {
  const missed = [];
  console.log(`\n${name}: ${number(few.users)} users and ${few.tenants} tenants, then ${number(most.users)} and ${number(most.tenants)}\n`);
  row(["measure", "few: p50 ms", "p99 ms", "worst", "many: p50 ms", "p99 ms", "worst", "ratio p50", "ratio p99", "errors"]);
  row(Array(10).fill("---"));
  for (const measure of Object.keys(few.seen)) {
    const [a, b] = [few.seen[measure], most.seen[measure]];
    row([measure, number(a.p50, 2), number(a.p99, 2), number(a.worst, 0), number(b.p50, 2), number(b.p99, 2), number(b.worst, 0), number(b.p50 / a.p50, 2), number(b.p99 / a.p99, 2), a.errors + b.errors]);
    for (const percentile of ["p50", "p99"]) if (b[percentile] / a[percentile] > kMostRatio) missed.push(`${name} ${measure} ${percentile}`);
    if (a.errors + b.errors > 0) missed.push(`${name} ${measure} errors`);
  }
  const { rotations } = most;
  console.log(`\nMemory ${number(few.rss)} and ${number(most.rss)} MB; first 200 after ${number(few.started)} and ${number(most.started)} ms; import ${number(most.rate.users)} users/s, ` +
    `${number(most.rate.tenants)} tenants/s; ${number(rotations.rps)} rotations/s over ${kRateConnections} connections (p99 ${number(rotations.p99, 1)} ms, ${rotations.errors} errors)`);
  if (most.rss > kMostMemory) missed.push(`${name} memory`);
  if (rotations.rps < kRotations[name]) missed.push(`${name} rotations`);
  return missed;
}

const missed = [];
for (const wanted of options.engines.split(",")) {
  const [name, users] = wanted.split(":");
  if (!engineNames.includes(name)) throw new Error(`no engine ${name}; there are ${engineNames.join(", ")}`);
  console.error(name);
  const result = await measure(name, Number(users ?? many.users));
  fs.appendFileSync(path.join(options.out, "scale.jsonl"), JSON.stringify({ at: new Date().toISOString(), cpu: os.cpus()[0]?.model, ...result }) + "\n");
  missed.push(...report(result));
}
console.log(missed.length ? `\nmissed: ${missed.join(", ")}` : "\nall met");
process.exit(missed.length && options.check ? 1 : 0);
