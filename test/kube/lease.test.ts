import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { status } from '../support/answers.ts';
import { Election, LEASE, LEASES } from '../support/election.ts';

const HOUR_MS = 3_600_000;
let election: Election;
beforeEach(async () => {
  election = await Election.open();
});
afterEach(() => election.close());

describe('Elector: an election', () => {
  test('an election creates the lease where there is none, with times of six digits', async () => {
    const leader = election.start('first');
    await election.pass(0);
    expect(leader.state).toBe('leading');
    expect(election.lease()?.spec).toEqual({
      holderIdentity: 'first',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  test('an election has one leader while it lives, which renews every two seconds', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    const [before, reads] = [election.writes().length, election.api.requestsFor('GET', LEASE).length];
    for (let second = 0; second < 60; second += 1) {
      await election.pass(1000);
      expect(election.leaders()).toEqual([leader]);
    }
    expect(election.writes().length - before).toBe(Math.floor(60 / 1.8));
    // All of the standby: who leads knows what it wrote last.
    expect(election.api.requestsFor('GET', LEASE).length - reads).toBe(Math.floor(60 / 1.8));
    expect(standby.state).toBe('waiting');
    expect(election.lease()?.spec).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
  });

  test('an election of replicas that start together has one leader', async () => {
    for (const name of ['a', 'b', 'c', 'd']) election.start(name);
    await election.pass(5000);
    expect(election.leaders()).toHaveLength(1);
    expect(election.replicas.filter(({ state }) => state === 'leading')).toEqual(election.leaders());
    expect(election.holder()).toMatch(/^[a-d]$/);
  });

  test('an election writes only over the version that it read', async () => {
    const { leader } = await election.leaderAndStandby();
    await election.pass(4000);
    const puts = election.api
      .requestsFor('PUT', LEASE)
      .map(({ body }) => (body as KubeObject).metadata?.resourceVersion);
    expect(new Set(puts).size).toBe(puts.length);
    expect(puts).not.toContain(undefined);
    expect(leader.state).toBe('leading');
  });

  test('an election keeps labels and annotations of others on the lease', async () => {
    election.store.put(LEASE, { metadata: { labels: { team: 'shop' } } });
    election.start('first');
    await election.pass(4000);
    expect(election.lease()?.metadata?.labels).toEqual({ team: 'shop' });
    expect(election.holder()).toBe('first');
  });
});

describe('Elector: a take-over', () => {
  const phases = [0, 900, 1700].flatMap((phaseMs) => [0, 1, 900, 1799].map((afterMs) => ({ phaseMs, afterMs })));

  test('a take-over comes within 17 s of a crash, but not before the old leader gave up', async () => {
    for (const { phaseMs, afterMs } of phases) {
      const { leader, standby } = await election.leaderAndStandby({ phaseMs });
      await election.pass(1800 - phaseMs + afterMs);
      await leader.crash();
      const ms = await election.msUntilLeading(standby);
      expect(ms).toBeLessThanOrEqual(17_000);
      expect(ms).toBeGreaterThan(10_000);
      expect(leader.elector.isLeader()).toBe(false);
      expect(election.lease()?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
      await standby.stop();
      election.store.remove(LEASE);
    }
  });

  test('a take-over comes within 2 s of a clean stop', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    await leader.stop();
    expect(leader.elector.isLeader()).toBe(false);
    expect(election.lease()?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(await election.msUntilLeading(standby)).toBeLessThanOrEqual(2000);
    expect(election.lease()?.spec).toMatchObject({
      holderIdentity: 'second',
      leaseDurationSeconds: 15,
      leaseTransitions: 1,
    });
  });

  test('a take-over comes within 2 s of a stop during a renewal', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    election.answers('PUT', async (exchange) => {
      election.heal('PUT');
      const stopped = leader.stop();
      await election.store.answer(exchange);
      await stopped;
    });
    await election.clock.advance(1800, () => true);
    await vi.waitUntil(() => election.holder() === '', { interval: 1 });
    expect(await election.msUntilLeading(standby)).toBeLessThanOrEqual(2000);
  });

  test('a take-over comes within 2 s of a stop whose release meets a conflict', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    await leader.crash();
    election.answers('PUT', async (exchange) => {
      election.heal('PUT');
      election.store.put(LEASE, {
        ...election.lease(),
        metadata: { ...election.lease()?.metadata, labels: { touched: 'yes' } },
      });
      await election.store.answer(exchange);
    });
    await leader.elector.release();
    expect(election.holder()).toBe('');
    expect(await election.msUntilLeading(standby)).toBeLessThanOrEqual(2000);
  });

  test.for([HOUR_MS, -HOUR_MS])('a take-over ignores a wall clock that is wrong by %i ms', async (skewMs) => {
    const { leader, standby } = await election.leaderAndStandby({ skewMs });
    await election.pass(60_000);
    expect(election.leaders()).toEqual([leader]);
    await leader.crash();
    const ms = await election.msUntilLeading(standby);
    expect(ms).toBeGreaterThan(10_000);
    expect(ms).toBeLessThanOrEqual(17_000);
  });

  test('a take-over is not delayed by others who edit the lease', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    await leader.crash();
    for (let second = 0; second < 17; second += 1) {
      await election.pass(1000);
      election.store.put(LEASE, {
        ...election.lease(),
        metadata: { ...election.lease()?.metadata, annotations: { at: String(second) } },
      });
    }
    expect(standby.state).toBe('leading');
  });

  test('a take-over by a restarted process of the same name waits like any other', async () => {
    const leader = election.start('pod_1');
    await election.pass(0);
    await leader.crash();
    const again = election.start('pod_2');
    await election.pass(5000);
    expect(again.state).toBe('waiting');
    expect(await election.msUntilLeading(again)).toBeLessThanOrEqual(12_000);
  });
});

describe('Elector: a leader', () => {
  test('a leader whose event loop was blocked is no leader any more, before any request', async () => {
    const { leader, standby } = await election.leaderAndStandby();
    await election.pass(1000);
    election.clock.jump(9001);
    expect(leader.elector.isLeader()).toBe(false);
    const before = election.writes().length;
    await election.pass(0);
    await vi.waitUntil(() => leader.state === 'lost', { interval: 1 });
    expect(election.writes().length).toBe(before);
    expect(await election.msUntilLeading(standby)).toBeLessThanOrEqual(17_000);
    expect(election.holder()).toBe('second');
  });

  test('a leader whose event loop was blocked for less goes on', async () => {
    const { leader } = await election.leaderAndStandby();
    election.clock.jump(9000);
    await election.pass(2000);
    expect(election.leaders()).toEqual([leader]);
  });

  test('a leader finds that another replica took the lease', async () => {
    const { leader } = await election.leaderAndStandby();
    election.store.put(LEASE, {
      ...election.lease(),
      spec: { ...election.lease()?.spec, holderIdentity: 'third' },
    } as KubeObject);
    await election.pass(2000);
    expect(leader.state).toBe('lost');
    expect(leader.elector.isLeader()).toBe(false);
    await leader.elector.release();
    expect(election.holder()).toBe('third');
  });

  test('a leader that meets a conflict reads again, and finds itself', async () => {
    const { leader } = await election.leaderAndStandby();
    election.answers('PUT', async (exchange) => {
      election.heal('PUT');
      election.store.put(LEASE, {
        ...election.lease(),
        metadata: { ...election.lease()?.metadata, labels: { touched: 'yes' } },
      });
      await election.store.answer(exchange);
    });
    const before = election.api.requestsFor('GET', LEASE).length;
    await election.pass(1800);
    // One read more than the standby's.
    expect(election.api.requestsFor('GET', LEASE).length - before).toBe(2);
    await election.pass(20_000);
    expect(leader.errors).toEqual([]);
    expect(election.leaders()).toEqual([leader]);
  });

  test('a leader creates the lease again where it was deleted', async () => {
    const { leader } = await election.leaderAndStandby();
    election.store.remove(LEASE);
    await election.pass(2000);
    expect(election.leaders()).toHaveLength(1);
    expect(election.holder()).toBe(leader.state === 'leading' ? 'first' : 'second');
  });

  test('a leader whose write got no response still leads by it', async () => {
    const { leader } = await election.leaderAndStandby();
    election.answers('PUT', async ({ request, response, tear }) => {
      election.heal('PUT');
      election.store.put(LEASE, request.body as KubeObject);
      response.destroy();
      tear();
    });
    await election.pass(20_000);
    expect(election.leaders()).toEqual([leader]);
  });

  test('a leader stops within a second where no response comes', async () => {
    const { leader } = await election.leaderAndStandby();
    await leader.crash();
    for (const verb of ['GET', 'PUT'] as const) election.answers(verb, election.hanging);
    const released = leader.elector.release();
    await vi.waitUntil(() => election.hung === 1, { interval: 1 });
    await election.clock.advance(1000, () => true);
    await released;
    expect(leader.errors).toEqual([expect.stringContaining('no complete response')]);
  });
});

describe('Elector: a standby', () => {
  test('a standby that is stopped writes nothing', async () => {
    const { standby } = await election.leaderAndStandby();
    const before = election.writes().length;
    await standby.stop();
    expect(standby.state).toBe('stopped');
    expect(election.writes().length).toBe(before);
  });

  test('a standby that is stopped during its first write releases the lease', async () => {
    election.answers('POST', async (exchange) => {
      election.heal('POST');
      await election.store.answer(exchange);
    });
    const replica = election.start('first');
    await election.api.received('POST', LEASES);
    await replica.stop();
    expect(election.holder()).toBe('');
  });

  test('a standby waits as long as the server asks to, but no longer than a lease lasts', async () => {
    election.answers('GET', status(429, 'TooManyRequests', 5));
    const replica = election.start('first');
    await election.pass(14_900);
    expect(election.api.requestsFor('GET', LEASE)).toHaveLength(3);
    election.answers('GET', status(429, 'TooManyRequests', 60));
    await election.pass(14_900);
    expect(election.api.requestsFor('GET', LEASE)).toHaveLength(4);
    election.heal('GET');
    await election.pass(200);
    expect(replica.state).toBe('leading');
  });

  test('a standby reports a repeated error once, and another one again', async () => {
    election.answers('GET', status(403, 'Forbidden'));
    const replica = election.start('first');
    await election.pass(20_000);
    election.answers('GET', status(500, 'InternalError'));
    await election.pass(20_000);
    expect(replica.errors).toEqual([expect.stringContaining('403'), expect.stringContaining('500')]);
    election.heal('GET');
    await election.pass(2000);
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
    election.store.put(LEASE, { metadata: {}, spec } as KubeObject);
    const replica = election.start('first');
    expect(await election.msUntilLeading(replica)).toBeLessThanOrEqual(17_000);
    expect(election.lease()?.spec).toMatchObject({ holderIdentity: 'first', leaseDurationSeconds: 15 });
    expect(election.lease()?.spec?.leaseTransitions).toBeLessThan(2 ** 31);
    await election.pass(30_000);
    expect(replica.state).toBe('leading');
  });
});
