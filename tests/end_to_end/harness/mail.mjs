// Reads what the server put into mail.folder (one .eml file per mail).
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './eventually.mjs';

function decodeQuotedPrintable(text) {
  const bytes = text.replace(/=\r?\n/g, '').replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function decodeWords(header) {
  return header.replace(/=\?utf-8\?([bq])\?([^?]*)\?=(?:\s+(?==\?))?/gi, (_, kind, text) =>
    kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('utf8') : decodeQuotedPrintable(text.replaceAll('_', ' ')));
}

function splitEntity(raw) {
  const end = raw.search(/\r?\n\r?\n/);
  const head = raw.slice(0, end).replace(/\r?\n[ \t]+/g, ' ');
  const headers = Object.fromEntries(head.split(/\r?\n/).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { headers, body: raw.slice(end).replace(/^\r?\n\r?\n/, '') };
}

function leaves(raw) {
  const { headers, body } = splitEntity(raw);
  const boundary = /boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1];
  if (boundary) return body.split(`--${boundary}`).slice(1, -1).flatMap((part) => leaves(part.replace(/^\r?\n/, '')));
  const encoding = (headers['content-transfer-encoding'] ?? '').toLowerCase();
  const text = encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body;
  return [{ type: (headers['content-type'] ?? 'text/plain').split(';')[0].trim().toLowerCase(), text }];
}

export function parseMail(raw) {
  const { headers } = splitEntity(raw);
  const parts = leaves(raw);
  const text = parts.find((part) => part.type === 'text/plain')?.text;
  const html = parts.find((part) => part.type === 'text/html')?.text;
  return {
    to: decodeWords(headers.to ?? ''),
    from: decodeWords(headers.from ?? ''),
    subject: decodeWords(headers.subject ?? ''),
    headers,
    text,
    html,
    links: [...new Set((text ?? html ?? '').replaceAll('&amp;', '&').match(/https?:\/\/[^\s"'<>]+/g) ?? [])],
  };
}

export async function mailsTo(folder, address) {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
  const mails = await Promise.all(names.map(async (name) => parseMail(await readFile(path.join(folder, name), 'utf8'))));
  return mails.filter((mail) => mail.to.toLowerCase().includes(address.toLowerCase()));
}

// The first mail to `address` that satisfies `wanted`.
export function awaitMail(folder, address, wanted = () => true) {
  return eventually(async () => (await mailsTo(folder, address)).find(wanted), { what: `a mail to ${address}`, milliseconds: 15_000 });
}
