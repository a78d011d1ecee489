/** An API server that takes requests and answers them later: it is paused, or etcd behind it is, or a failover takes its time. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Lease } from '../../src/kube/types.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';
import { ObjectStore } from '../support/object-store.ts';
import { OperatorProcess } from '../support/operator-process.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases/dbpool-operator';

/** Far more than a start takes: a machine may be busy with others. */
const PATIENCE_MS = 100_000;

/** The operator as the leader, and its API server. */
async function leader() {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await ApiServer.start());
  const store = new ObjectStore();
  api.otherwise = store.answer;
  const operator = stack.use(OperatorProcess.start(api, 'first'));
  await operator.said('became leader', PATIENCE_MS);
  const spec = () => (store.get(LEASE) as Lease | undefined)?.spec;
  /** Returns what ends the pause. */
  const holdAll = () => {
    const resumed = Promise.withResolvers<void>();
    const late: Answer = async (exchange) => {
      await resumed.promise;
      await store.answer(exchange);
    };
    api.otherwise = late;
    return () => {
      api.otherwise = store.answer;
      resumed.resolve();
    };
  };
  return { operator, spec, holdAll, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.concurrent('an API server that pauses', { timeout: 2 * PATIENCE_MS }, () => {
  // A machine that is too busy to run a process for seconds lets the leader lose its lease, as it should.
  test('a pause of 7 s leaves the leader the leader', { retry: 3 }, async () => {
    await using world = await leader();
    const { operator, spec, holdAll } = world;
    const before = spec();
    const resume = holdAll();
    await pause(7000);
    resume();
    // The renewal that was held may have been carried out, too: only one that starts after it proves that the leader goes on.
    for (let renewals = 0, seen = spec()?.renewTime; renewals < 3; renewals += 1, seen = spec()?.renewTime)
      await vi.waitUntil(() => spec()?.renewTime !== seen, { interval: 5, timeout: 20_000 });
    expect(spec()).toMatchObject({ holderIdentity: before?.holderIdentity, leaseTransitions: 0 });
    expect(operator.lines.filter((line) => /lost|Warning/.test(line))).toEqual([]);
  });

  test('a pause without an end makes the leader exit with 1, 10 s after it last renewed', async () => {
    await using world = await leader();
    const { operator, holdAll } = world;
    holdAll();
    const { code, ms } = await operator.exit();
    expect(code).toBe(1);
    await operator.said('lost leader lease');
    // It renews every 1 to 1.8 s.
    expect(ms).toBeGreaterThan(7900);
  });
});
