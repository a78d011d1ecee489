import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveHealth } from '../../src/telemetry/server.ts';

let server: Server;
let isAlive: boolean;
let isReady: boolean;

beforeEach(async () => {
  [isAlive, isReady] = [true, true];
  server = await serveHealth(0, { isAlive: () => isAlive, isReady: () => isReady }, '127.0.0.1');
});

afterEach(() => {
  server.close();
});

const port = () => (server.address() as AddressInfo).port;

const codeOf = async (path: string) => (await fetch(`http://127.0.0.1:${port()}${path}`)).status;

describe('the health server', () => {
  test.for([
    { alive: true, ready: true, codes: [200, 200] },
    { alive: true, ready: false, codes: [200, 503] },
    { alive: false, ready: true, codes: [503, 200] },
  ])('tells alive $alive and ready $ready apart, by $codes', async ({ alive, ready, codes }) => {
    [isAlive, isReady] = [alive, ready];
    expect([await codeOf('/livez'), await codeOf('/readyz')]).toEqual(codes);
  });

  test('looks anew each time it is asked', async () => {
    isReady = false;
    expect(await codeOf('/readyz')).toBe(503);
    isReady = true;
    expect(await codeOf('/readyz')).toBe(200);
  });

  test.for(['/', '/metrics', '/readyz/', '/__proto__', '/constructor'])('knows nothing of %s', async (path) => {
    expect(await codeOf(path)).toBe(404);
  });

  test('does not start where the port is taken', async () => {
    const second = serveHealth(port(), { isAlive: () => true, isReady: () => true }, '127.0.0.1');
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
