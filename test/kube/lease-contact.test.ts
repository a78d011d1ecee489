/** `Elector.contact`: when an attempt last succeeded. A replica that cannot use the lease can never lead, and must not be ready. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { status } from '../support/answers.ts';
import { ApiServer } from '../support/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ObjectStore } from '../support/object-store.ts';
import { Replica } from '../support/replica.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases';

let api: ApiServer;
let clock: FakeClock;
let replicas: Replica[];

beforeEach(async () => {
  api = await ApiServer.start();
  api.otherwise = new ObjectStore().answer;
  [clock, replicas] = [new FakeClock(), []];
});

afterEach(async () => {
  for (const replica of replicas) await replica.close();
  await api.close();
});

async function start(identity: string): Promise<Replica> {
  const replica = new Replica({ api, clock, identity, skewMs: 0 });
  replicas.push(replica);
  await pass(0);
  return replica;
}

const pass = (ms: number) => clock.advance(ms, () => clock.pausing === replicas.length);

test('the last contact of leader and standby is the last attempt', async () => {
  const [leader, standby] = [await start('first'), await start('second')];
  await pass(5400);
  for (const { elector } of [leader, standby])
    expect(elector.contact).toEqual({ lastContactAt: 5400, error: undefined });
});

test.for<['GET' | 'POST', string]>([
  ['GET', `${LEASES}/dbpool-operator`],
  ['POST', LEASES],
])('the last contact stays at the first attempt where %s %s is rejected', async ([verb, path]) => {
  api.on(verb, path, status(403, 'Forbidden'));
  const replica = await start('first');
  await pass(70_000);
  expect(replica.elector.contact).toEqual({ lastContactAt: 0, error: expect.objectContaining({ code: 403 }) });
});
