// The smallest possible operator in Node.js: it watches each given collection, drops the events, and prints its own
// /proc/self/status after a while. Plain JavaScript, because type stripping needs memory, too.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const AFTER_MS = 8000;
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const { PATHS: paths, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
if (paths !== '') {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(`${ACCOUNT}/ca.crt`) });
  const headers = { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}` };
  for (const path of paths.split(' '))
    get(
      { host, port, agent, headers, path: `${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=300` },
      (answer) => {
        if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
        answer.resume();
      },
    );
}

setTimeout(() => {
  process.stdout.write(readFileSync('/proc/self/status', 'utf8'), () => process.exit());
}, AFTER_MS);
