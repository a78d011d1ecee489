/**
 * Lease and client on the clock of production. Whoever waits or gives up here does so by Node's own timers, which refuse times
 * that a clock of a test may take.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { reflect, type ReflectorEvent, type ReflectorOptions } from '../../src/kube/reflector.ts';
import type { KubeObject, Lease } from '../../src/kube/types.ts';
import { bookmark, hang, list, SILENCE, status, watch } from '../support/answers.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';
import { ObjectStore } from '../support/object-store.ts';
import { Replica } from '../support/replica.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases/dbpool-operator';
const CONFIG_MAPS = '/api/v1/configmaps';

/** Far more than anything takes: a machine may be busy with others. */
const PATIENCE_MS = 20_000;

/** An API server, and one replica that stands for election with the shortest pauses: an attempt each second. */
async function oneReplica(lease?: Lease['spec']) {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await ApiServer.start());
  const store = new ObjectStore();
  if (lease !== undefined) store.put(LEASE, { metadata: {}, spec: lease } as KubeObject);
  api.otherwise = store.answer;
  const replica = new Replica({ api, identity: 'first', random: () => 0 });
  stack.defer(() => replica.close());
  const from = performance.now();
  const until = async (isMet: () => boolean) => {
    await vi.waitUntil(isMet, { interval: 5, timeout: PATIENCE_MS });
    return performance.now() - from;
  };
  return { api, store, replica, until, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function oneLeader() {
  const world = await oneReplica();
  await world.until(() => world.replica.state === 'leading');
  return world;
}

describe.concurrent('Elector on the real clock', { timeout: 2 * PATIENCE_MS }, () => {
  const outages: readonly (readonly [string, Answer, number])[] = [
    // The first attempt starts within 2 s and takes 5 s.
    ['no answer', hang, 6500],
    ['errors', status(500, 'InternalError'), 5500],
  ];

  // A machine that is too busy to run a process for seconds lets the leader lose its lease, as it should.
  test.for(outages)(
    'a leader that gets %s for longer than 5 s renews after that',
    { retry: 3 },
    async ([, answer, ms]) => {
      await using world = await oneLeader();
      const { api, store, replica, until } = world;
      api.otherwise = answer;
      const brokenAt = performance.now();
      await until(() => performance.now() - brokenAt >= ms);
      api.otherwise = store.answer;
      const healedAt = performance.now();
      await until(() => (replica.elector.contact?.lastContactAt ?? 0) > healedAt || replica.state !== 'leading');
      expect([replica.state, replica.elector.isLeader()]).toEqual(['leading', true]);
    },
  );

  test('a leader that gets no answer has lost after 10 s', async () => {
    await using world = await oneLeader();
    const { api, replica, until } = world;
    api.otherwise = hang;
    expect(await until(() => replica.state !== 'leading')).toBeGreaterThan(10_000);
    expect(replica.state).toBe('lost');
    // The renewal, and the reads before the next ones.
    expect(replica.errors).toEqual(['PUT', 'GET'].map((verb) => `${verb} ${LEASE}: no complete response`));
  });

  test('a leader whose renewals take 3.5 s each stays the leader', { retry: 3 }, async () => {
    await using world = await oneLeader();
    const { api, store, replica, until } = world;
    let renewals = 0;
    api.otherwise = async (exchange) => {
      await pause(3500);
      renewals += 1;
      await store.answer(exchange);
    };
    await until(() => renewals > 3 || replica.state !== 'leading');
    expect([replica.state, replica.errors]).toEqual(['leading', []]);
  });

  test('a leader that stops and gets no answer has stopped after a second', async () => {
    await using world = await oneLeader();
    const { api, replica } = world;
    api.otherwise = hang;
    const from = performance.now();
    await replica.stop();
    expect(performance.now() - from).toBeGreaterThan(990);
    expect(replica.state).toBe('stopped');
    expect(replica.errors).toEqual([expect.stringContaining('no complete response')]);
  });

  test('a standby takes a lease that is not renewed, no sooner than it expires', async () => {
    await using world = await oneReplica({ holderIdentity: 'gone', leaseDurationSeconds: 1.5 });
    const { replica, until } = world;
    expect(await until(() => replica.state === 'leading')).toBeGreaterThan(1500);
  });
});

describe.concurrent('the client on the real clock', { timeout: PATIENCE_MS }, () => {
  async function connected(timeoutMs?: number) {
    const stack = new AsyncDisposableStack();
    const api = stack.use(await ApiServer.start());
    const client = new Client(api.kubeConfig(), 'test-manager', { ...(timeoutMs !== undefined && { timeoutMs }) });
    stack.defer(() => client.close());
    return { api, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  /** The events of a reflector until one is of this kind, and the milliseconds until then. */
  async function eventsUntil(kind: ReflectorEvent['kind'], client: Client, options: ReflectorOptions) {
    const from = performance.now();
    const events: ReflectorEvent[] = [];
    for await (const event of reflect({ client, path: CONFIG_MAPS }, new AbortController().signal, options)) {
      events.push(event);
      if (event.kind === kind) break;
    }
    return { last: events.at(-1), ms: performance.now() - from };
  }

  test('a request without an answer ends at its deadline', async () => {
    await using world = await connected(200.5);
    world.api.otherwise = hang;
    const from = performance.now();
    const request = world.client.request({ method: 'GET', path: CONFIG_MAPS }, new AbortController().signal);
    await expect(request).rejects.toMatchObject({ cause: { message: expect.stringContaining('timeout') as string } });
    expect(performance.now() - from).toBeGreaterThan(195);
  });

  test('a watch without a byte ends after its idle time', async () => {
    await using world = await connected();
    world.api.on('GET', CONFIG_MAPS, list([])).on('WATCH', CONFIG_MAPS, watch(bookmark('2'), SILENCE));
    const { last, ms } = await eventsUntil('error', world.client, { idleTimeoutMs: 200.5 });
    expect(last).toMatchObject({ error: { cause: { name: 'IdleTimeoutError' } } });
    expect(ms).toBeGreaterThan(195);
  });

  test('a watch that the server never ends is ended 5 s after its time', async () => {
    await using world = await connected();
    const stop = new AbortController();
    const forEver: Answer = async ({ response, tear }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.once('close', () => stop.abort());
      while (!stop.signal.aborted) {
        response.write(bookmark('2'));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      tear();
    };
    world.api.on('GET', CONFIG_MAPS, list([])).on('WATCH', CONFIG_MAPS, forEver);
    // Its time is 300 s and as much again times the random number.
    const { last, ms } = await eventsUntil('error', world.client, { random: () => -1 });
    expect(last).toMatchObject({ error: { cause: { name: 'TimeoutError' } } });
    expect(ms).toBeGreaterThan(4900);
  });

  test('a list that fails is repeated after the pause', async () => {
    await using world = await connected();
    world.api.on('GET', CONFIG_MAPS, status(503, 'ServiceUnavailable'), list([]));
    const { ms } = await eventsUntil('replace', world.client, { random: () => 0.123_456 });
    expect(ms).toBeGreaterThan(400);
  });
});
