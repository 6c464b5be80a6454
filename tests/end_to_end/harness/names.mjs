// Every name under .localhost and .example.test is this machine, for all clients of the process that use node's resolver.
import dns from 'node:dns';

const system = dns.lookup;
const LOCAL = /(^|\.)(localhost|example\.test)$/;

dns.lookup = (name, options, callback) => {
  const done = callback ?? options;
  const wanted = callback ? options : {};
  if (!LOCAL.test(name)) return system(name, options, callback);
  const answer = { address: '127.0.0.1', family: 4 };
  process.nextTick(() => (wanted.all ? done(null, [answer]) : done(null, answer.address, answer.family)));
};
