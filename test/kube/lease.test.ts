import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject, Lease } from '../../src/kube/types.ts';
import { hang, status, torn } from '../support/answers.ts';
import { type Answer, ApiServer, type Verb } from '../support/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ObjectStore } from '../support/object-store.ts';
import { Replica } from '../support/replica.ts';

const COLLECTION = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases';
const LEASE = `${COLLECTION}/dbpool-operator`;
const HOUR_MS = 3_600_000;
let api: ApiServer;
let store: ObjectStore;
let clock: FakeClock;
/** Requests that the server has taken and will never answer. */
let hung: number;
let replicas: Replica[];

beforeEach(async () => {
  api = await ApiServer.start();
  store = new ObjectStore();
  api.otherwise = store.answer;
  clock = new FakeClock();
  [hung, replicas] = [0, []];
});

afterEach(async () => {
  for (const replica of replicas) await replica.close();
  await api.close();
  // A request ends after its connection: it must not count in the next test.
  await vi.waitUntil(() => hung === 0, { interval: 1 });
});

function start(identity: string, skewMs = 0): Replica {
  const replica = new Replica({ api, clock, identity, skewMs });
  replicas.push(replica);
  return replica;
}

const isAtRest = () => clock.pausing + hung === replicas.filter(({ isRunning }) => isRunning).length;
const pass = (ms: number) => clock.advance(ms, isAtRest);
const lease = () => store.get(LEASE) as Lease | undefined;
const holder = () => lease()?.spec?.holderIdentity;
const leaders = () => replicas.filter(({ elector }) => elector.isLeader());
const writes = () => api.requests.filter(({ verb }) => verb !== 'GET');

/** Two replicas of which the first leads; the second reads the lease `phaseMs` after each renewal. */
async function leaderAndStandby({ skewMs = 0, phaseMs = 0 } = {}) {
  const leader = start('first');
  await pass(phaseMs);
  const standby = start('second', skewMs);
  await pass(0);
  expect([leader.state, standby.state]).toEqual(['leading', 'waiting']);
  return { leader, standby };
}

/** How long it takes until the replica leads, in milliseconds; `mostMs` where it does not. */
const msUntilLeading = (replica: Replica, mostMs = 30_000) =>
  clock.advance(mostMs, isAtRest, () => replica.state === 'leading');

/** Answers so to a verb on the lease until `heal`. */
const answers = (verb: Verb, answer: Answer) => api.on(verb, verb === 'POST' ? COLLECTION : LEASE, answer);
const heal = (verb: Verb) => answers(verb, store.answer);

const hanging: Answer = (exchange) => {
  hung += 1;
  exchange.response.once('close', () => (hung -= 1));
  void hang(exchange);
};

describe('Elector: an election', () => {
  test('an election creates the lease where there is none, with times of six digits', async () => {
    const leader = start('first');
    await pass(0);
    expect(leader.state).toBe('leading');
    expect(lease()?.spec).toEqual({
      holderIdentity: 'first',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  test('an election has one leader while it lives, which renews every two seconds', async () => {
    const { leader, standby } = await leaderAndStandby();
    const [before, reads] = [writes().length, api.requestsFor('GET', LEASE).length];
    for (let second = 0; second < 60; second += 1) {
      await pass(1000);
      expect(leaders()).toEqual([leader]);
    }
    expect(writes().length - before).toBe(Math.floor(60 / 1.8));
    // All of the standby: who leads knows what it wrote last.
    expect(api.requestsFor('GET', LEASE).length - reads).toBe(Math.floor(60 / 1.8));
    expect(standby.state).toBe('waiting');
    expect(lease()?.spec).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
  });

  test('an election of replicas that start together has one leader', async () => {
    for (const name of ['a', 'b', 'c', 'd']) start(name);
    await pass(5000);
    expect(leaders()).toHaveLength(1);
    expect(replicas.filter(({ state }) => state === 'leading')).toEqual(leaders());
    expect(holder()).toMatch(/^[a-d]$/);
  });

  test('an election writes only over the version that it read', async () => {
    const { leader } = await leaderAndStandby();
    await pass(4000);
    const puts = api.requestsFor('PUT', LEASE).map(({ body }) => (body as KubeObject).metadata?.resourceVersion);
    expect(new Set(puts).size).toBe(puts.length);
    expect(puts).not.toContain(undefined);
    expect(leader.state).toBe('leading');
  });

  test('an election keeps labels and annotations of others on the lease', async () => {
    store.put(LEASE, { metadata: { labels: { team: 'shop' } } });
    start('first');
    await pass(4000);
    expect(lease()?.metadata?.labels).toEqual({ team: 'shop' });
    expect(holder()).toBe('first');
  });
});

describe('Elector: a take-over', () => {
  const phases = [0, 900, 1700].flatMap((phaseMs) => [0, 1, 900, 1799].map((afterMs) => ({ phaseMs, afterMs })));

  test('a take-over comes within 17 s of a crash, but not before the old leader gave up', async () => {
    for (const { phaseMs, afterMs } of phases) {
      const { leader, standby } = await leaderAndStandby({ phaseMs });
      await pass(1800 - phaseMs + afterMs);
      await leader.crash();
      const ms = await msUntilLeading(standby);
      expect(ms).toBeLessThanOrEqual(17_000);
      expect(ms).toBeGreaterThan(10_000);
      expect(leader.elector.isLeader()).toBe(false);
      expect(lease()?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
      await standby.stop();
      store.remove(LEASE);
    }
  });

  test('a take-over comes within 2 s of a clean stop', async () => {
    const { leader, standby } = await leaderAndStandby();
    await leader.stop();
    expect(leader.elector.isLeader()).toBe(false);
    expect(lease()?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(await msUntilLeading(standby)).toBeLessThanOrEqual(2000);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'second', leaseDurationSeconds: 15, leaseTransitions: 1 });
  });

  test('a take-over comes within 2 s of a stop during a renewal', async () => {
    const { leader, standby } = await leaderAndStandby();
    answers('PUT', async (exchange) => {
      heal('PUT');
      const stopped = leader.stop();
      await store.answer(exchange);
      await stopped;
    });
    await clock.advance(1800, () => true);
    await vi.waitUntil(() => holder() === '', { interval: 1 });
    expect(await msUntilLeading(standby)).toBeLessThanOrEqual(2000);
  });

  test('a take-over comes within 2 s of a stop whose release meets a conflict', async () => {
    const { leader, standby } = await leaderAndStandby();
    await leader.crash();
    answers('PUT', async (exchange) => {
      heal('PUT');
      store.put(LEASE, { ...lease(), metadata: { ...lease()?.metadata, labels: { touched: 'yes' } } });
      await store.answer(exchange);
    });
    await leader.elector.release();
    expect(holder()).toBe('');
    expect(await msUntilLeading(standby)).toBeLessThanOrEqual(2000);
  });

  test.for([HOUR_MS, -HOUR_MS])('a take-over ignores a wall clock that is wrong by %i ms', async (skewMs) => {
    const { leader, standby } = await leaderAndStandby({ skewMs });
    await pass(60_000);
    expect(leaders()).toEqual([leader]);
    await leader.crash();
    const ms = await msUntilLeading(standby);
    expect(ms).toBeGreaterThan(10_000);
    expect(ms).toBeLessThanOrEqual(17_000);
  });

  test('a take-over is not delayed by others who edit the lease', async () => {
    const { leader, standby } = await leaderAndStandby();
    await leader.crash();
    for (let second = 0; second < 17; second += 1) {
      await pass(1000);
      store.put(LEASE, { ...lease(), metadata: { ...lease()?.metadata, annotations: { at: String(second) } } });
    }
    expect(standby.state).toBe('leading');
  });

  test('a take-over by a restarted process of the same name waits like any other', async () => {
    const leader = start('pod_1');
    await pass(0);
    await leader.crash();
    const again = start('pod_2');
    await pass(5000);
    expect(again.state).toBe('waiting');
    expect(await msUntilLeading(again)).toBeLessThanOrEqual(12_000);
  });
});

describe('Elector: a leader', () => {
  test('a leader whose event loop was blocked is no leader any more, before any request', async () => {
    const { leader, standby } = await leaderAndStandby();
    await pass(1000);
    clock.jump(9001);
    expect(leader.elector.isLeader()).toBe(false);
    const before = writes().length;
    await pass(0);
    await vi.waitUntil(() => leader.state === 'lost', { interval: 1 });
    expect(writes().length).toBe(before);
    expect(await msUntilLeading(standby)).toBeLessThanOrEqual(17_000);
    expect(holder()).toBe('second');
  });

  test('a leader whose event loop was blocked for less goes on', async () => {
    const { leader } = await leaderAndStandby();
    clock.jump(9000);
    await pass(2000);
    expect(leaders()).toEqual([leader]);
  });

  test('a leader finds that another replica took the lease', async () => {
    const { leader } = await leaderAndStandby();
    store.put(LEASE, { ...lease(), spec: { ...lease()?.spec, holderIdentity: 'third' } } as KubeObject);
    await pass(2000);
    expect(leader.state).toBe('lost');
    expect(leader.elector.isLeader()).toBe(false);
    await leader.elector.release();
    expect(holder()).toBe('third');
  });

  test('a leader that meets a conflict reads again, and finds itself', async () => {
    const { leader } = await leaderAndStandby();
    answers('PUT', async (exchange) => {
      heal('PUT');
      store.put(LEASE, { ...lease(), metadata: { ...lease()?.metadata, labels: { touched: 'yes' } } });
      await store.answer(exchange);
    });
    const before = api.requestsFor('GET', LEASE).length;
    await pass(1800);
    // One read more than the standby's.
    expect(api.requestsFor('GET', LEASE).length - before).toBe(2);
    await pass(20_000);
    expect(leader.errors).toEqual([]);
    expect(leaders()).toEqual([leader]);
  });

  test('a leader creates the lease again where it was deleted', async () => {
    const { leader } = await leaderAndStandby();
    store.remove(LEASE);
    await pass(2000);
    expect(leaders()).toHaveLength(1);
    expect(holder()).toBe(leader.state === 'leading' ? 'first' : 'second');
  });

  const outages: readonly (readonly [string, () => Answer])[] = [
    ['500', () => status(500, 'InternalError')],
    ['403', () => status(403, 'Forbidden')],
    ['429', () => status(429, 'TooManyRequests', 60)],
    ['a torn connection', () => torn],
    ['silence', () => hanging],
  ];

  test.for(outages)('a leader that gets %s has lost after 10 s, before another leads', async ([, answer]) => {
    const { leader, standby } = await leaderAndStandby();
    for (const verb of ['GET', 'PUT'] as const) answers(verb, answer());
    await pass(9900);
    expect(leaders()).toEqual([leader]);
    await pass(200);
    expect([leader.state, leaders()]).toEqual(['lost', []]);
    for (const verb of ['GET', 'PUT'] as const) heal(verb);
    expect(await msUntilLeading(standby)).toBeLessThanOrEqual(10_000);
  });

  test.for([
    [1, [1800, 3600, 5400, 7200]],
    [3, [1800, 4800, 7400, 9200]],
    [60, [1800, 5900, 7950, 9750]],
  ] as const)('a leader asked to wait for %i s waits, within its renew deadline', async ([seconds, tries]) => {
    const leader = start('first');
    await pass(0);
    const from = clock.now;
    const at: number[] = [];
    answers('GET', status(429, 'TooManyRequests', seconds));
    answers('PUT', status(429, 'TooManyRequests', seconds));
    while (leader.state === 'leading') {
      const before = api.requests.length;
      await pass(50);
      if (api.requests.length > before) at.push(clock.now - from);
    }
    expect(at.slice(0, tries.length)).toEqual(tries);
    expect(leader.state).toBe('lost');
  });

  test.for(outages)('a leader survives 7 s of %s', async ([, answer]) => {
    const { leader } = await leaderAndStandby();
    for (const verb of ['GET', 'PUT'] as const) answers(verb, answer());
    await pass(7000);
    for (const verb of ['GET', 'PUT'] as const) heal(verb);
    await pass(20_000);
    expect(leaders()).toEqual([leader]);
  });

  test('a leader whose write got no response still leads by it', async () => {
    const { leader } = await leaderAndStandby();
    answers('PUT', async ({ request, response, tear }) => {
      heal('PUT');
      store.put(LEASE, request.body as KubeObject);
      response.destroy();
      tear();
    });
    await pass(20_000);
    expect(leaders()).toEqual([leader]);
  });

  test('a leader stops within a second where no response comes', async () => {
    const { leader } = await leaderAndStandby();
    await leader.crash();
    for (const verb of ['GET', 'PUT'] as const) answers(verb, hanging);
    const released = leader.elector.release();
    await vi.waitUntil(() => hung === 1, { interval: 1 });
    await clock.advance(1000, () => true);
    await released;
    expect(leader.errors).toEqual([expect.stringContaining('no complete response')]);
  });
});

describe('Elector: a standby', () => {
  test('a standby that is stopped writes nothing', async () => {
    const { standby } = await leaderAndStandby();
    const before = writes().length;
    await standby.stop();
    expect(standby.state).toBe('stopped');
    expect(writes().length).toBe(before);
  });

  test('a standby that is stopped during its first write releases the lease', async () => {
    answers('POST', async (exchange) => {
      heal('POST');
      await store.answer(exchange);
    });
    const replica = start('first');
    await api.received('POST', COLLECTION);
    await replica.stop();
    expect(holder()).toBe('');
  });

  test('a standby waits as long as the server asks to, but no longer than a lease lasts', async () => {
    answers('GET', status(429, 'TooManyRequests', 5));
    const replica = start('first');
    await pass(14_900);
    expect(api.requestsFor('GET', LEASE)).toHaveLength(3);
    answers('GET', status(429, 'TooManyRequests', 60));
    await pass(14_900);
    expect(api.requestsFor('GET', LEASE)).toHaveLength(4);
    heal('GET');
    await pass(200);
    expect(replica.state).toBe('leading');
  });

  test('a standby reports a repeated error once, and another one again', async () => {
    answers('GET', status(403, 'Forbidden'));
    const replica = start('first');
    await pass(20_000);
    answers('GET', status(500, 'InternalError'));
    await pass(20_000);
    expect(replica.errors).toEqual([expect.stringContaining('403'), expect.stringContaining('500')]);
    heal('GET');
    await pass(2000);
    expect(replica.state).toBe('leading');
  });

  test.for<[string, unknown]>([
    ['no spec', undefined],
    ['an empty spec', {}],
    ['null', null],
    ['text for a spec', 'first'],
    ['fields of other types', { holderIdentity: 7, leaseDurationSeconds: 'long', leaseTransitions: 'many' }],
    ['no holder, and the largest count', { holderIdentity: '', leaseTransitions: 2 ** 31 - 1 }],
    ['a holder for ever', { holderIdentity: 'gone', leaseDurationSeconds: 2 ** 31 - 1 }],
    ['a holder in the future', { holderIdentity: 'gone', renewTime: '9999-12-31T23:59:59.999999Z' }],
    ['a holder with invalid times', { holderIdentity: 'gone', renewTime: 'soon', acquireTime: 3 }],
  ])('a standby takes a lease that has %s within 17 s, and repairs it', async ([, spec]) => {
    store.put(LEASE, { metadata: {}, spec } as KubeObject);
    const replica = start('first');
    expect(await msUntilLeading(replica)).toBeLessThanOrEqual(17_000);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'first', leaseDurationSeconds: 15 });
    expect(lease()?.spec?.leaseTransitions).toBeLessThan(2 ** 31);
    await pass(30_000);
    expect(replica.state).toBe('leading');
  });
});
