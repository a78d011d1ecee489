/** What an election leaves in memory: it is the one thing that every replica does for as long as it lives. */
import { setImmediate } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { expect, test, vi } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { CLOCK } from '../../src/kube/clock.ts';
import { Elector, type ElectorClock } from '../../src/kube/lease.ts';
import { abortAfter } from '../../src/runtime/timers.ts';
import { ApiServer } from '../support/api-server.ts';
import { ObjectStore } from '../support/object-store.ts';

const TRIES = 300;

/** More than two replicas and their connections hold at any time. */
const FEW = 30;

/** Collects what is garbage, and counts the rest. */
const signals = () => queryObjects(AbortSignal, { format: 'count' });

test('neither leader nor standby keeps the signal of a finished request', async () => {
  await using api = await ApiServer.start();
  api.otherwise = new ObjectStore().answer;
  const stop = new AbortController();
  const clients: Client[] = [];
  const tries = { first: 0, second: 0 };
  const elector = (identity: keyof typeof tries) => {
    const clock: ElectorClock = {
      ...CLOCK,
      pause: async () => {
        tries[identity] += 1;
        await setImmediate();
      },
      // Short: as long as its time is not over, a signal may stay.
      timeout: () => abortAfter(500),
      date: Date.now,
    };
    const client = new Client(api.kubeConfig(), 'test-manager');
    clients.push(client);
    return new Elector({ client, namespace: 'dbpool-system', name: 'lease', identity, clock, onError: () => {} });
  };
  const first = elector('first');
  expect(await first.acquire(stop.signal)).toBe(true);
  const before = signals();
  const running = [first.renew(stop.signal), elector('second').acquire(stop.signal)];
  await vi.waitUntil(() => tries.first > TRIES && tries.second > TRIES, { interval: 5, timeout: 8000 });
  stop.abort();
  expect(await Promise.all(running)).toEqual(['stopped', false]);
  await vi.waitUntil(() => signals() - before < FEW, { interval: 200, timeout: 3000 }).catch(() => undefined);
  expect(signals() - before).toBeLessThan(FEW);
  for (const client of clients) client.close();
});
