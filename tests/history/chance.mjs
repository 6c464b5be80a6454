// Chance that a seed repeats: the choices of each part come from a stream of its own, so that one part's haste does not
// change what another one does. (mulberry32)
export class Chance {
  constructor(seed, name = '') {
    this.state = [...name].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0), 0x01000193) >>> 0, (seed ^ 0x811c9dc5) >>> 0);
  }

  // In [0, 1).
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count) {
    return Math.floor(this.next() * count);
  }

  between(least, most) {
    return least + this.next() * (most - least);
  }

  of(list) {
    return list[this.below(list.length)];
  }

  // `weights`: {name: weight}.
  weighted(weights) {
    let left = this.next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [name, weight] of Object.entries(weights)) if ((left -= weight) < 0) return name;
    return Object.keys(weights).at(-1);
  }
}
