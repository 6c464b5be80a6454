// One run of wrk against one server, and what it cost the server.
import fs from "node:fs";
import { cpuSeconds, rssMegabytes, run } from "./processes.mjs";

const kScripts = new URL("./wrk", import.meta.url).pathname;

// `shot`: {url, body?, bearer?, tokens?, pause?, path? and count? (wrk/spread.lua), connections}. `server`: {pid}.
// Resolves with {rps, perCpu, p50, p99, max, errors, cpu (seconds), share (of core 0), rss, requests, load}.
export async function fire(server, shot, seconds) {
  const env = { BENCH_WRK: kScripts };
  if (shot.body) env.BENCH_BODY = shot.body;
  if (shot.bearer) env.BENCH_BEARER = shot.bearer;
  if (shot.tokens) env.BENCH_TOKENS = shot.tokens;
  if (shot.pause) env.BENCH_PAUSE = String(shot.pause);
  if (shot.count) Object.assign(env, { BENCH_PATH: shot.path, BENCH_COUNT: String(shot.count) });
  const script = shot.tokens ? "refresh" : shot.count ? "spread" : "fixed";
  const args = ["-t1", `-c${shot.connections ?? 32}`, `-d${seconds}s`, "--timeout", "10s",
    "-s", `${kScripts}/${script}.lua`, shot.url];
  const load = Number(fs.readFileSync("/proc/loadavg", "utf8").split(" ")[0]);

  const cpuBefore = cpuSeconds(server.pid);
  const begin = performance.now();
  const output = await run(1, "wrk", args, env);
  const elapsed = (performance.now() - begin) / 1000;
  const cpu = cpuSeconds(server.pid) - cpuBefore;

  const line = output.split("\n").find((l) => l.startsWith("RESULT "));
  if (!line) throw new Error("wrk said nothing of use:\n" + output);
  const seen = JSON.parse(line.slice(7));
  return { rps: seen.requests / seen.seconds, perCpu: seen.requests / cpu, p50: seen.p50, p99: seen.p99, max: seen.max,
    errors: seen.errors, requests: seen.requests, cpu, share: cpu / elapsed, rss: rssMegabytes(server.pid), load };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The median of each field; errors are summed.
export function summarize(runs) {
  const out = {};
  for (const field of Object.keys(runs[0])) out[field] = median(runs.map((r) => r[field]));
  out.errors = runs.reduce((sum, r) => sum + r.errors, 0);
  out.requests = runs.reduce((sum, r) => sum + r.requests, 0);
  return out;
}

// A B A B …: `rounds` times each of `shots` (name → () => result) in turn, so that all of them see the same weather.
export async function interleave(rounds, shots) {
  const results = Object.fromEntries(Object.keys(shots).map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round)
    for (const [name, shoot] of Object.entries(shots)) results[name].push(await shoot());
  return results;
}

// The median of the ratios of runs that were neighbours in time.
export const ratio = (runs, others, field = "perCpu") =>
  median(runs.map((r, i) => (typeof r === "number" ? r : r[field]) / (typeof others[i] === "number" ? others[i] : others[i][field])));
