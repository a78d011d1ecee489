import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Action } from '../../src/core/model/action.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { useFakeTimers } from '../support/node-timers.ts';
import { IDLE, job, NO_NODE, NOW, pod, ProbeCluster, profile, RESULT, running } from '../support/probe-cluster.ts';

beforeEach(() => {
  useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two probes run, and two profiles wait. */
async function full(): Promise<ProbeCluster> {
  const cluster = new ProbeCluster();
  const busy = ['a', 'b'].map((name) => profile(name, { status: IDLE }));
  cluster.list(...busy, profile('c'), profile('d'));
  for (const name of ['a', 'b']) {
    cluster.put('jobs', job(name));
    cluster.put('pods', running(name));
  }
  expect(await cluster.woken()).toEqual([]);
  return cluster;
}

describe('a profile that waits for a probe slot', () => {
  test('a profile that waits for a probe slot is woken when it joins the queue and a slot is free', async () => {
    const cluster = new ProbeCluster();
    cluster.list(profile('c'));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a profile that waits for a probe slot is woken when its namespace is listed', async () => {
    const cluster = new ProbeCluster();
    cluster.put('profiles', profile('c'));
    expect(await cluster.woken()).toEqual([]);
    cluster.list(profile('c'));
    // As enqueueListed does.
    cluster.slots.markDirty('shop/c');
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a Job that ends wakes one of the profiles that wait for a probe slot', async () => {
    const cluster = await full();
    cluster.put('jobs', job('a', { endedMs: 0 }));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a Job that is deleted wakes a profile that waits for a probe slot', async () => {
    const cluster = await full();
    cluster.remove('jobs', job('a'));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a Job whose pod cannot start wakes a profile that waits for a probe slot after ten seconds', async () => {
    const cluster = await full();
    cluster.put('pods', pod('a', NO_NODE));
    expect(await cluster.woken(9_999)).toEqual([]);
    expect(await cluster.woken(2)).toEqual(['shop/c']);
  });

  test('a Job whose pod cannot start wakes a profile that waits for a probe slot by a timer of Node', async () => {
    vi.useRealTimers();
    // Only the date is faked: it stands still, 50 ms before the Job counts as idle.
    vi.useFakeTimers({ toFake: ['Date'], now: NOW + 9950 });
    const cluster = new ProbeCluster(1);
    cluster.list(profile('a', { status: IDLE }), profile('c'));
    cluster.put('jobs', job('a'));
    cluster.put('pods', pod('a', NO_NODE));
    await new Promise(setImmediate);
    expect(cluster.enqueued).toEqual([]);
    vi.setSystemTime(NOW + 10_001);
    await vi.waitUntil(() => cluster.enqueued.length > 0, { interval: 5, timeout: 5000 });
    expect(cluster.enqueued).toEqual(['shop/c']);
  });

  test('an older Job whose pod cannot start any more wakes a profile that waits for a probe slot', async () => {
    const cluster = await full();
    expect(await cluster.woken(20_000)).toEqual([]);
    cluster.put('pods', pod('a', NO_NODE));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a Job without a pod wakes a profile that waits for a probe slot after ten seconds', async () => {
    const cluster = await full();
    cluster.remove('pods', running('a'));
    expect(await cluster.woken(9_999)).toEqual([]);
    expect(await cluster.woken(2)).toEqual(['shop/c']);
  });

  test('a profile that waits for a probe slot is woken when the one ahead of it leaves the queue', async () => {
    const leaves: ((cluster: ProbeCluster) => void)[] = [
      (cluster) => cluster.remove('profiles', profile('c')),
      (cluster) => cluster.put('profiles', profile('c', { spec: { suspend: true } })),
      (cluster) => cluster.put('profiles', profile('c', { spec: { targetRef: 1 } })),
      (cluster) => cluster.put('profiles', profile('c', { metadata: { deletionTimestamp: '2026-01-01T12:00:00Z' } })),
      (cluster) => cluster.put('profiles', profile('c', { status: IDLE })),
    ];
    for (const leave of leaves) {
      const cluster = await full();
      cluster.put('jobs', job('a', { endedMs: 0 }));
      expect(await cluster.woken()).toEqual(['shop/c']);
      leave(cluster);
      expect(await cluster.woken()).toEqual(['shop/d']);
    }
  });

  test('a Job that is relabelled to another profile changes no probe slot', async () => {
    const cluster = await full();
    cluster.put('jobs', job('a', { label: 'b' }));
    expect(await cluster.woken()).toEqual([]);
    cluster.put('jobs', job('a', { label: 'b', endedMs: 0 }));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });
});

describe('a profile that waits for the credentials of another', () => {
  const sharing = async () => {
    const cluster = new ProbeCluster();
    cluster.list(profile('a', { status: IDLE }), profile('c', { secret: 'a' }));
    cluster.put('jobs', job('a'));
    cluster.put('pods', running('a'));
    expect(await cluster.woken()).toEqual([]);
    return cluster;
  };

  test('a profile that waits for credentials is woken once the result of the other is recorded', async () => {
    const cluster = await sharing();
    cluster.put('jobs', job('a', { endedMs: 0 }));
    expect(await cluster.woken(5000)).toEqual([]);
    cluster.put('profiles', profile('a', { status: { probe: { ...RESULT, job: 'a-probe' } } }));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a profile that waits for credentials is woken 30 s after the other ended, if its result is not recorded', async () => {
    const cluster = await sharing();
    cluster.put('jobs', job('a', { endedMs: 0 }));
    expect(await cluster.woken(29_999)).toEqual([]);
    expect(await cluster.woken(2)).toEqual(['shop/c']);
  });

  test('a profile that waits for credentials is woken when the other is deleted with its profile', async () => {
    const cluster = await sharing();
    cluster.put('jobs', job('a', { endedMs: 0 }));
    cluster.remove('profiles', profile('a'));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a profile that waits for credentials is woken when it gets others', async () => {
    const cluster = await sharing();
    cluster.put('profiles', profile('c'));
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a profile that waits for credentials stays behind one whose Secret is missing', async () => {
    const cluster = await sharing();
    const missing = { waiting: { reason: 'CreateContainerConfigError', message: 'secret "a" not found' } };
    cluster.put('pods', pod('a', missing));
    expect(await cluster.woken(60_000)).toEqual([]);
  });
});

describe('a probe start in flight', () => {
  const start = (name: string): Action => ({
    kind: 'startProbe',
    object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'shop', name: `${name}-probe` } },
    credentialsKey: undefined,
  });

  const starting = async () => {
    const cluster = new ProbeCluster(1);
    cluster.list(profile('a', { status: IDLE }), profile('c'));
    await cluster.woken();
    const answer = Promise.withResolvers<void>();
    const during = cluster.inFlight.during('shop/a', [start('a')], () => answer.promise).catch(() => undefined);
    expect(cluster.slots.queue.running).toMatchObject([{ ownerUid: 'a', holdsSlot: true }]);
    return { cluster, answer, during };
  };

  test('a probe start in flight holds a slot, and frees it where the API server rejects it', async () => {
    const { cluster, answer, during } = await starting();
    answer.reject(new ApiError('POST', { code: 403, reason: 'Forbidden' }));
    await during;
    expect(await cluster.woken()).toEqual(['shop/c']);
  });

  test('a probe start keeps its slot as a Job, and counts once', async () => {
    const { cluster, answer, during } = await starting();
    cluster.put('jobs', job('a'));
    expect(cluster.slots.queue.running).toHaveLength(1);
    answer.resolve();
    await during;
    expect(await cluster.woken()).toEqual([]);
  });

  test('a probe start without a response keeps its slot until its profile is reconciled again, or is gone', async () => {
    const { cluster, answer, during } = await starting();
    answer.reject(new Error('torn'));
    await during;
    expect(await cluster.woken()).toEqual([]);
    cluster.inFlight.settle('shop/a');
    expect(await cluster.woken()).toEqual(['shop/c']);
  });
});

test('passes between two changes share one queue, which is not built again for each of them', async () => {
  const cluster = new ProbeCluster(1);
  cluster.list(profile('one', { status: IDLE }), profile('two'), profile('three'));
  cluster.put('jobs', job('one'));
  cluster.put('pods', pod('one', NO_NODE));
  await cluster.woken();
  const before = cluster.slots.queue;
  await cluster.woken(5000);
  expect(cluster.slots.queue).toBe(before);
  await cluster.woken(10_000);
  const after = cluster.slots.queue;
  expect(after).not.toBe(before);
  expect(after.running.map(({ holdsSlot }) => holdsSlot)).toEqual([false]);
  cluster.put('profiles', profile('two', { status: IDLE }));
  expect(cluster.slots.queue.waiting).toHaveLength(1);
});

test('a queue of 1,000 profiles costs one wake for each probe that ends, and none while nothing happens', async () => {
  const cluster = new ProbeCluster(10);
  const names = Array.from({ length: 1000 }, (_, index) => `p${String(index).padStart(4, '0')}`);
  const probing = Array.from({ length: 10 }, (_, index) => `r${index}`);
  cluster.list(...probing.map((name) => profile(name, { status: IDLE })), ...names.map((name) => profile(name)));
  for (const name of probing) {
    cluster.put('jobs', job(name));
    cluster.put('pods', running(name));
  }
  await cluster.woken();
  expect(await cluster.woken(3_600_000)).toEqual([]);
  let woken = 0;
  for (let ended = 0; ended < 100; ended += 1) {
    cluster.put('jobs', job(probing.shift() ?? '', { endedMs: 0 }));
    const next = await cluster.woken();
    woken += next.length;
    for (const key of next) {
      const name = key.replace('shop/', '');
      cluster.put('jobs', job(name));
      cluster.put('pods', running(name));
      cluster.put('profiles', profile(name, { status: IDLE }));
      probing.push(name);
    }
    woken += (await cluster.woken()).length;
  }
  expect(woken).toBe(100);
});
