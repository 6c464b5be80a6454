// One HTTP request, sent as written: no redirects, no cookies, no clean-up of the path.
import './names.mjs';
import http from 'node:http';
import https from 'node:https';
import zlib from 'node:zlib';

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
};

export class Answer {
  constructor(status, headers, bytes, rawHeaders) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
    this.rawHeaders = rawHeaders;
  }

  get text() {
    return this.bytes.toString('utf8');
  }

  get json() {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Error(`not JSON (status ${this.status}): ${this.text.slice(0, 400)}`);
    }
  }

  get setCookies() {
    return this.headers['set-cookie'] ?? [];
  }
}

function bodyOf(options) {
  if (options.form) return ['application/x-www-form-urlencoded', new URLSearchParams(options.form).toString()];
  if (options.json !== undefined) return ['application/json', JSON.stringify(options.json)];
  return [undefined, options.body];
}

// `options`: method, headers, body | form | json, path (sent as it is, instead of the path of `url`), bearer, agent, decode.
export function send(url, options = {}) {
  const target = new URL(url);
  const [type, body] = bodyOf(options);
  const headers = { ...(type ? { 'content-type': type } : {}), ...(options.bearer ? { authorization: `Bearer ${options.bearer}` } : {}), ...options.headers };
  if (body !== undefined) headers['content-length'] ??= Buffer.byteLength(body);
  const module = target.protocol === 'https:' ? https : http;

  return new Promise((resolve, reject) => {
    const request = module.request({
      host: target.hostname,
      servername: target.hostname,
      port: target.port,
      path: options.path ?? target.pathname + target.search,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      agent: options.agent ?? agents[target.protocol],
      headers,
    }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(new Answer(response.statusCode, response.headers, decoded(response, chunks, options), response.rawHeaders)));
    });
    request.setTimeout(30_000, () => request.destroy(new Error(`no answer within 30 s: ${options.method ?? ''} ${url}`)));
    request.on('error', reject);
    request.end(body);
  });
}

function decoded(response, chunks, options) {
  const bytes = Buffer.concat(chunks);
  if (options.decode === false || bytes.length === 0) return bytes;
  if (response.headers['content-encoding'] === 'gzip') return zlib.gunzipSync(bytes);
  if (response.headers['content-encoding'] === 'br') return zlib.brotliDecompressSync(bytes);
  return bytes;
}
