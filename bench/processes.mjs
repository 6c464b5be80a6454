// Programs that the bench starts and what they cost. Servers run on core 0, everything else on core 1.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";

const kTicksPerSecond = 100;
const started = new Set();
process.on("exit", () => started.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A server on core 0, or on `cores`; its output goes to `log`. taskset becomes the program, so the pid is the server's.
export function startServer(command, args, { env = {}, cwd, log, cores = "0" }) {
  const out = fs.openSync(log, "a");
  const child = spawn("taskset", ["-c", cores, command, ...args], {
    cwd, env: { ...process.env, ...env }, stdio: ["ignore", out, out],
  });
  fs.closeSync(out);
  child.ended = new Promise((resolve) => child.on("exit", resolve));
  started.add(child);
  child.ended.then(() => started.delete(child));
  return child;
}

export async function stopServer(child, signal = "SIGTERM") {
  child.kill(signal);
  const slow = setTimeout(() => child.kill("SIGKILL"), 5000);
  await child.ended;
  clearTimeout(slow);
}

// Runs to the end on `core`; resolves with the standard output.
export function run(core, command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn("taskset", ["-c", String(core), command, ...args], { env: { ...process.env, ...env } });
    started.add(child);
    let out = "", err = "";
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("error", reject);
    child.on("exit", (code) => {
      started.delete(child);
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(" ")}: exit ${code}\n${out}${err}`));
    });
  });
}

// Seconds of CPU, user and system, of all its threads so far.
export function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
  return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
}

export function rssMegabytes(pid) {
  const line = fs.readFileSync(`/proc/${pid}/status`, "utf8").split("\n").find((l) => l.startsWith("VmRSS"));
  return Number(/\d+/.exec(line)[0]) / 1024;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// One raw request on a new connection; resolves with the status, or 0 when nobody answers.
export function ping(port, path) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`));
    socket.on("data", (data) => {
      socket.destroy();
      resolve(Number(data.toString("latin1").split(" ")[1]));
    });
    socket.on("error", () => resolve(0));
    socket.on("close", () => resolve(0));
  });
}

// Milliseconds until `path` answers 200, counted from `begin` (performance.now()).
export async function untilAnswers(child, port, path, begin) {
  let over = false;
  child.ended.then(() => (over = true));
  while ((await ping(port, path)) !== 200) {
    if (over) throw new Error("the server ended before it answered; see its log");
    if (performance.now() - begin > 60_000) throw new Error(`no 200 from ${path} within a minute`);
    await sleep(1);
  }
  return performance.now() - begin;
}
