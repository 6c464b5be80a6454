// Rows of measures and the figures that must be met: a table for people, JSON lines for machines.
import fs from "node:fs";
import os from "node:os";

const number = (value, digits = 0) => (value === undefined ? "" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));

const kColumns = [
  ["measure", (r) => r.measure],
  ["req/s", (r) => number(r.rps, r.rps < 100 ? 1 : 0)],
  ["req/s of CPU", (r) => number(r.perCpu, r.perCpu < 100 ? 1 : 0)],
  ["p50 ms", (r) => number(r.p50, 2)],
  ["p99 ms", (r) => number(r.p99, 2)],
  ["CPU s", (r) => number(r.cpu, 2)],
  ["core 0", (r) => (r.share === undefined ? "" : `${number(100 * r.share)} %`)],
  ["RSS MB", (r) => number(r.rss, 1)],
  ["ratio", (r) => number(r.ratio, 2)],
  ["to", (r) => r.to ?? ""],
  ["errors", (r) => (r.errors ? `${r.errors} FAILED` : r.errors === 0 ? "0" : "")],
];

export class Report {
  constructor(file) {
    this.file = file;
    this.rows = [];
    this.figures = [];
    this.machine = { cores: os.cpus().length, cpu: os.cpus()[0]?.model.trim() };
    this.at = new Date().toISOString();
  }

  keep(line) { fs.appendFileSync(this.file, JSON.stringify({ at: this.at, machine: this.machine, ...line }) + "\n"); }

  row(measure, values) {
    const row = { measure, ...values };
    this.rows.push(row);
    this.keep(row);
    const rates = row.perCpu ? `${number(row.rps, 0)}/s, ${number(row.perCpu, 0)} per second of CPU` : "";
    console.error(`  ${measure}: ${rates}${row.ratio ? `, ${number(row.ratio, 2)} of ${row.to}` : ""}${row.errors ? `, ${row.errors} ERRORS` : ""}`);
  }

  // `wanted`: [">=" or "<=", number].
  figure(name, value, [relation, wanted], unit = "") {
    const met = relation === ">=" ? value >= wanted : value <= wanted;
    const figure = { figure: name, value, relation, wanted, unit, met };
    this.figures.push(figure);
    this.keep(figure);
  }

  get failed() { return this.figures.some((f) => !f.met) || this.rows.some((r) => r.errors > 0); }

  print(notes) {
    console.log(`\n${this.machine.cores} cores, ${this.machine.cpu}; server on core 0, load on core 1\n`);
    table(kColumns.map(([title]) => title), this.rows.map((row) => kColumns.map(([, show]) => show(row))));
    console.log("\nFigures");
    table(["figure", "wanted", "measured", ""], this.figures.map((f) => [
      f.figure, `${f.relation === ">=" ? "≥" : "≤"} ${number(f.wanted, f.wanted % 1 ? 2 : 0)}${f.unit}`,
      `${number(f.value, f.value < 100 ? 2 : 0)}${f.unit}`, f.met ? "met" : "MISSED"]));
    for (const note of notes) console.log(note);
  }
}

function table(titles, rows) {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => "| " + cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ") + " |";
  console.log(line(titles));
  console.log("|" + widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : "-".repeat(width + 1) + ":")).join("|") + "|");
  for (const row of rows) console.log(line(row));
}
