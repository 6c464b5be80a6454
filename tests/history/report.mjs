// A line per invariant. One that was not looked at has failed: a run that checks nothing proves nothing. What is known not
// to stand yet is shown and counted, and fails no run.
const NOT_APPLICABLE = [['I34', 'cells have no states (joining, recovering, standby in the mesh) yet']];

export function print(verdicts, say = console.log) {
  for (const { name, meaning, known, checked, violations, count } of verdicts) {
    const mark = checked === 0 ? 'UNSEEN' : count === 0 ? 'ok' : known ? 'KNOWN' : 'BROKEN';
    say(`  ${mark.padEnd(7)}${name.padEnd(5)}${meaning.padEnd(62)}${String(checked).padStart(7)} checked ${String(count).padStart(5)} violations`);
    if (count > 0 && known) say(`           ${known}`);
    for (const violation of violations.slice(0, 3)) say(`           ${violation}`);
  }
  for (const [name, why] of NOT_APPLICABLE) say(`  -      ${name.padEnd(5)}${why}`);
  return verdicts.every(({ known, checked, count }) => checked > 0 && (count === 0 || known));
}
