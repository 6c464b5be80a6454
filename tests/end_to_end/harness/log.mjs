// What no log of a healthy server may contain.
const REPORTS = [/ERROR: (Address|Leak|Thread)Sanitizer/, /runtime error:/, /WARNING: ThreadSanitizer/, /terminate called/];
const TOKEN = /eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/;

function complaintsAbout(line, secrets) {
  const found = [];
  if (REPORTS.some((report) => report.test(line))) found.push(`sanitizer: ${line}`);
  if (TOKEN.test(line)) found.push(`a token in the log: ${line}`);
  if (/"status":\s*5(?!03|05)\d\d\b/.test(line)) found.push(`a server error: ${line}`);
  for (const secret of secrets) {
    if (line.includes(secret)) found.push(`a secret in the log: ${line}`);
  }
  return found;
}

export function complaintsIn(log, secrets = []) {
  const lines = log.split('\n').filter(Boolean);
  const found = lines.flatMap((line) => complaintsAbout(line, secrets));
  const notJson = lines.filter((line) => {
    try {
      return typeof JSON.parse(line) !== 'object';
    } catch {
      return true;
    }
  });
  if (notJson.length) found.push(`not JSON: ${notJson.slice(0, 40).join('\n')}`);
  return found.slice(0, 20);
}

export function entriesOf(log) {
  return log.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
