// When what one cell has answered must be known at another one, as far as the faults of a history let it.
const CALM = 6_000; // without a fault between two cells for so long, they are connected again (a dialler waits 3 s at most)
const LAG = 2_000; // so long after a write it is everywhere that is connected: the lag, and a second

export class Timeline {
  constructor(entries) {
    this.faults = entries.filter((entry) => entry.fault);
    this.healed = entries.find((entry) => entry.mark === 'quiet')?.at ?? Infinity;
  }

  // Faults that keep news of `a` from `b`. A fault that is not over has no `to`.
  between(a, b) {
    return this.faults.filter((fault) => fault.cells.length === 1 ? [a, b].includes(fault.cells[0]) : fault.cells.includes(a) && fault.cells.includes(b));
  }

  // The first moment at which a write that cell `a` has answered at `t` must be known at cell `b`. In its own cell at once.
  settled(a, b, t) {
    if (a === b) return t;
    const disturbances = this.between(a, b).sort((x, y) => x.from - y.from);
    let at = t + LAG;
    for (const { from, to = Infinity } of disturbances) if (from < at && at < to + CALM) at = to + CALM;
    return Math.min(at, Math.max(this.healed, t));
  }
}
