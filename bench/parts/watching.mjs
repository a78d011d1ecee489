// The least that an operator in Node.js can be: it holds a watch of each collection that it is given, does nothing with what
// it hears, and prints its own /proc/self/status after a while. Plain JavaScript: to strip types takes memory, too.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const AFTER_MS = 3000;

const { SERVER: server, CA: ca, CERT: cert, KEY: key, PATHS: paths } = process.env;
const agent = new Agent({ keepAlive: true, ca, cert, key });
for (const path of paths === '' ? [] : paths.split(' '))
  get(`${server}${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=300`, { agent }, (answer) =>
    answer.resume(),
  );

setTimeout(() => {
  process.stdout.write(readFileSync('/proc/self/status', 'utf8'), () => process.exit());
}, AFTER_MS);
