import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveHealth } from '../../src/telemetry/server.ts';

let server: Server;
let live: readonly string[];
let ready: readonly string[];

beforeEach(async () => {
  [live, ready] = [[], []];
  server = await serveHealth(0, { live: () => live, ready: () => ready }, '127.0.0.1');
});

afterEach(() => {
  server.close();
});

const port = () => (server.address() as AddressInfo).port;

const answerOf = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${port()}${path}`);
  return `${response.status} ${await response.text()}`;
};

describe('the health server', () => {
  test.for([
    { isLive: [], isReady: [], answers: ['200 ok\n', '200 ok\n'] },
    { isLive: [], isReady: ['a', 'b'], answers: ['200 ok\n', '503 a\nb\n'] },
    { isLive: ['a'], isReady: [], answers: ['503 a\n', '200 ok\n'] },
  ])(
    'the health server answers $answers where live is $isLive and ready is $isReady',
    async ({ isLive, isReady, answers }) => {
      [live, ready] = [isLive, isReady];
      expect([await answerOf('/livez'), await answerOf('/readyz')]).toEqual(answers);
    },
  );

  test('the health server runs the checks for each request', async () => {
    ready = ['not yet'];
    expect(await answerOf('/readyz')).toBe('503 not yet\n');
    ready = [];
    expect(await answerOf('/readyz')).toBe('200 ok\n');
  });

  test.for(['/', '/metrics', '/readyz/', '/__proto__', '/constructor'])(
    'the health server answers 404 for %s',
    async (path) => {
      expect(await answerOf(path)).toBe('404 not found\n');
    },
  );

  test('the health server does not start where the port is taken', async () => {
    const second = serveHealth(port(), { live: () => [], ready: () => [] }, '127.0.0.1');
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
