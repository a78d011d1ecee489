/**
 * A thread that listens on a port and never accepts: it tells the port and then stands still. Node accepts whatever
 * comes as long as its loop turns, so there is no other way to have a queue of connections that stays full.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 });
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
parentPort?.postMessage(port, []);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
