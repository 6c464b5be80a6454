// What is measured. Each function takes the bench: {cardea, durable, nginx?, peer?, limit, seconds, rounds, report}.
// `durable` is a second Cardea, whose passwords are cheap, for the refresh tokens.
import fs from "node:fs";
import path from "node:path";
import { form } from "./cardea.mjs";
import { fire, interleave, median, ratio, summarize } from "./load.mjs";
import { rssMegabytes, sleep } from "./processes.mjs";

const shoot = (bench, server, shot) => () => fire(server, shot, bench.seconds);

// One unmeasured second, after one request that must be answered with 200.
async function warm(server, shot) {
  if (shot.url.startsWith("http:") && !shot.tokens) {
    const headers = { ...(shot.bearer && { authorization: `Bearer ${shot.bearer}` }), ...(shot.body && { "content-type": "application/x-www-form-urlencoded" }) };
    const answer = await fetch(shot.url, { method: shot.body ? "POST" : "GET", headers, body: shot.body });
    if (answer.status !== 200) throw new Error(`${shot.url}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
  await fire(server, shot, 1);
}

// Adds the peer to `shots` when it has this measure; returns what writes its row.
async function besidePeer(bench, measure, shots) {
  const shot = bench.peer?.shot(measure);
  if (!shot) return () => {};
  await warm(bench.peer, shot);
  shots.peer = shoot(bench, bench.peer, shot);
  return (results, own) => {
    const times = ratio(results[own], results.peer);
    bench.report.row(`${measure}, ${bench.peer.name}`, summarize(results.peer));
    if (measure === "cc-es256" && bench.peer.name === "oidc-provider")
      bench.report.figure("client_credentials ES256, times oidc-provider", times, [">=", 5]);
    else bench.report.keep({ measure, peer: bench.peer.name, times });
    console.error(`  ${measure}: ${times.toFixed(1)} × ${bench.peer.name}`);
  };
}

export async function documents(bench) {
  const { cardea, nginx, report } = bench;
  const pages = { discovery: { url: `${cardea.base}/.well-known/openid-configuration` }, jwks: { url: `${cardea.base}/.well-known/jwks.json` } };
  await warm(nginx, { url: nginx.url });
  const shots = { nginx: shoot(bench, nginx, { url: nginx.url }) };
  for (const [name, shot] of Object.entries(pages)) {
    await warm(cardea, shot);
    shots[name] = shoot(bench, cardea, shot);
  }
  const results = await interleave(bench.rounds, shots);
  report.row("nginx, static 1 KB", summarize(results.nginx));
  for (const name of Object.keys(pages)) {
    const part = ratio(results[name], results.nginx);
    report.row(name, { ...summarize(results[name]), ratio: part, to: "nginx" });
    report.figure(`${name}, of nginx static`, part, [">=", 0.7]);
  }
  for (const name of Object.keys(pages)) {
    const other = { own: shots[name] };
    const finish = await besidePeer(bench, name, other);
    if (other.peer) finish(await interleave(bench.rounds, other), "own");
  }
}

export async function clientCredentialsRs256(bench) {
  const { cardea, report } = bench;
  const shot = { url: `${cardea.base}/oauth/token`, body: form(cardea.machineForm("RS256")) };
  await warm(cardea, shot);
  const shots = { cardea: shoot(bench, cardea, shot), limit: () => bench.limit("rsa", 1) };
  const finish = await besidePeer(bench, "cc-rs256", shots);
  const results = await interleave(bench.rounds, shots);
  const part = ratio(results.cardea, results.limit);
  report.row("raw RSA-2048 signatures", { perCpu: median(results.limit) });
  report.row("cc-rs256", { ...summarize(results.cardea), ratio: part, to: "raw RSA" });
  report.figure("client_credentials RS256, of raw RSA-2048", part, [">=", 0.9]);
  finish(results, "cardea");
}

export async function clientCredentialsEs256(bench) {
  const { cardea, report } = bench;
  const body = form(cardea.machineForm("ES256"));
  const plain = { url: `${cardea.base}/oauth/token`, body };
  const tls = { url: `${cardea.tlsBase}/oauth/token`, body };
  await warm(cardea, plain);
  await warm(cardea, tls);
  const shots = { plain: shoot(bench, cardea, plain), tls: shoot(bench, cardea, tls), limit: () => bench.limit("p256", 1) };
  const finish = await besidePeer(bench, "cc-es256", shots);
  const results = await interleave(bench.rounds, shots);
  report.row("raw P-256 signatures", { perCpu: median(results.limit) });
  for (const [name, title, wanted] of [["plain", "cc-es256", 12_000], ["tls", "cc-es256, TLS", 10_000]]) {
    const seen = summarize(results[name]);
    report.row(title, { ...seen, ratio: ratio(results[name], results.limit), to: "raw P-256" });
    report.figure(`${name === "tls" ? "client_credentials ES256 with TLS" : "client_credentials ES256"}, per second of CPU`, seen.perCpu, [">=", wanted]);
  }
  finish(results, "plain");
}

export async function userinfo(bench) {
  const { cardea, report } = bench;
  const { access_token: bearer } = await cardea.token(cardea.loginForm("RS256"));
  const shot = { url: `${cardea.base}/userinfo`, bearer };
  await warm(cardea, shot);
  const { cardea: runs } = await interleave(bench.rounds, { cardea: shoot(bench, cardea, shot) });
  const seen = summarize(runs);
  report.row("userinfo, RS256 token", seen);
  report.figure("userinfo, per second of CPU", seen.perCpu, [">=", 15_000]);
}

async function rotate(bench, alg, seconds = bench.seconds) {
  const connections = 64;
  const tokens = await bench.durable.mintRefreshTokens(alg, connections + 16);
  return fire(bench.durable, { url: `${bench.durable.base}/oauth/token`, body: form(bench.durable.refreshForm(alg)), tokens, connections }, seconds);
}

async function rotation(bench, suffix) {
  const { report } = bench;
  for (const alg of ["ES256", "RS256"]) await rotate(bench, alg, 1);
  const results = await interleave(bench.rounds, { es: () => rotate(bench, "ES256"), rs: () => rotate(bench, "RS256"), limit: () => bench.limit("rsa", 1) });
  const seen = summarize(results.es);
  const part = ratio(results.rs, results.limit.map((rate) => rate / 2));
  report.row(`refresh ES256${suffix}`, seen);
  report.row(`refresh RS256${suffix}`, { ...summarize(results.rs), ratio: part, to: "raw RSA / 2" });
  return { rate: seen, part };
}

// A rotation waits for the disk, so its promise is one of wall time; the ratio to the signatures is one of CPU.
export async function refresh(bench) {
  await bench.durable.start();
  const { rate, part } = await rotation(bench, "");
  bench.report.figure("refresh ES256, durable, 64 connections, per second", rate.rps, [">=", 3_000]);
  bench.report.figure("refresh RS256, of half the raw RSA-2048", part, [">=", 0.85]);
  await bench.durable.stop();

  bench.durable.env = { ...bench.durable.env, LD_PRELOAD: bench.slowFsync, SLOW_FSYNC_US: "2000" };
  await bench.durable.start();
  await rotation(bench, ", fsync +2 ms");
  await bench.durable.stop();
}

export async function logins(bench) {
  const { cardea, report } = bench;
  const login = { url: `${cardea.base}/oauth/token`, body: form(cardea.loginForm("ES256")), connections: 4 };
  const watch = { url: `${cardea.base}/oauth/token`, body: form(cardea.machineForm("ES256")), connections: 4, pause: 5 };
  await warm(cardea, login);
  const results = await interleave(bench.rounds, {
    limit: () => bench.limit("bcrypt", 2, 10),
    logins: shoot(bench, cardea, login),
    quiet: shoot(bench, cardea, watch),
    both: async () => {
      const [storm, watched] = await Promise.all([fire(cardea, login, bench.seconds), fire(cardea, watch, bench.seconds)]);
      return { storm, watched };
    },
  });
  const part = ratio(results.logins, results.limit);
  const watched = results.both.map((both) => both.watched);
  const slower = ratio(watched, results.quiet, "p99");
  const withoutCost = ({ perCpu, cpu, share, ...rest }) => rest;
  report.row("raw bcrypt, cost 10", { perCpu: median(results.limit) });
  report.row("password logins", { ...summarize(results.logins), ratio: part, to: "raw bcrypt" });
  report.row("token endpoint, quiet", summarize(results.quiet));
  report.row("token endpoint, during logins", { ...withoutCost(summarize(watched)), ratio: slower, to: "quiet p99" });
  report.row("logins beside the token endpoint", withoutCost(summarize(results.both.map((both) => both.storm))));
  report.figure("password logins, of raw bcrypt", part, [">=", 0.95]);
  report.figure("token endpoint during logins, times its quiet p99", slower, ["<=", 2]);
}

export async function starts(bench) {
  const { cardea, report } = bench;
  await cardea.stop();
  const known = [], empty = [];
  for (let i = 0; i < 10; ++i) {
    known.push(await cardea.start());
    await cardea.stop("SIGKILL");
    const folder = fs.mkdtempSync(path.join(cardea.folder, "empty-"));
    const config = path.join(folder, "cardea.toml");
    fs.writeFileSync(config, cardea.settings(path.join(folder, "cardea.db")));
    empty.push(await cardea.start({ config, ready: "/health" }));
    await cardea.stop("SIGKILL");
  }
  await cardea.start();
  await cardea.token(cardea.machineForm("ES256"));
  await sleep(1500);
  const rss = rssMegabytes(cardea.pid);
  report.row("start to first 200", { p50: median(known), max: Math.max(...known) });
  report.row("start to first 200, empty database", { p50: median(empty), max: Math.max(...empty) });
  report.row("idle", { rss });
  report.figure("first 200 after start", median(known), ["<=", 100], " ms");
  report.figure("first 200 after start, empty database", median(empty), ["<=", 100], " ms");
  report.figure("idle RSS", rss, ["<=", 30], " MB");
}
