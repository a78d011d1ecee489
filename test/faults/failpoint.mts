/**
 * Loaded into the operator before its own code (`node --import`): at the n-th write in a namespace it kills or stops the
 * process. The program is the one that is shipped, byte for byte: Node tells of each request on a diagnostics channel.
 *
 * The file `armed` says what is to be done, and counts down; a process that is started again goes on with it. It is gone
 * once it has been done. It runs in the operator's image, as it is, so it imports nothing but Node's own.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';

const ARMED = '/tmp/failpoints/armed';

/** What test/faults/failpoints.ts writes. */
type Armed = {
  readonly namespace: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** `before`: the request is not sent. `sent`: it is, and nobody is there to be answered. */
  readonly at: 'before' | 'sent';
  /** Writes until then, this one included. */
  readonly left: number;
};

type Told = { readonly request: ClientRequest };

subscribe('http.client.request.created', (message) => {
  const { request } = message as Told;
  if (request.method === 'GET' || !existsSync(ARMED)) return;
  const armed = JSON.parse(readFileSync(ARMED, 'utf8')) as Armed;
  if (!request.path.includes(`/namespaces/${armed.namespace}/`)) return;
  if (armed.left > 1) return writeFileSync(ARMED, JSON.stringify({ ...armed, left: armed.left - 1 }));
  rmSync(ARMED);
  const end = () => process.kill(process.pid, armed.signal);
  if (armed.at === 'before') end();
  // All of it is with the kernel by then, which sends it whatever becomes of the process.
  else request.once('finish', () => setImmediate(end));
});
