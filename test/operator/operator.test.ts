import { readFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { LABEL } from '../../src/core/model/naming.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import type { KubeObject, Lease } from '../../src/kube/types.ts';
import { hang, status } from '../support/answers.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';
import { ObjectStore } from '../support/object-store.ts';
import { OperatorProcess } from '../support/operator-process.ts';
import { BACKEND, CONFIG_MAPS, PODS, PROFILE, unproven } from '../support/shop.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases/dbpool-operator';

/** The namespace `shop` with its backend, and the processes that were started for it. */
class World implements AsyncDisposable {
  readonly api: ApiServer;
  readonly store = new ObjectStore();
  readonly #processes: OperatorProcess[] = [];

  private constructor(api: ApiServer) {
    this.api = api;
    api.otherwise = this.store.answer;
    this.store.put(BACKEND, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'app' }] } } },
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    } as KubeObject);
  }

  static async create(): Promise<World> {
    return new World(await ApiServer.start());
  }

  start(name = 'first', rest: NodeJS.ProcessEnv = {}): OperatorProcess {
    const started = OperatorProcess.start(this.api, name, rest);
    this.#processes.push(started);
    return started;
  }

  async leader(): Promise<OperatorProcess> {
    const operator = this.start();
    await operator.said('became leader');
    return operator;
  }

  putProfile(): void {
    const { apiVersion, kind } = RESOURCES.DbPoolProfile;
    this.store.put(PROFILE, {
      apiVersion,
      kind,
      spec: { targetRef: { name: 'search-api' }, ...unproven(20) },
    } as KubeObject);
  }

  putLease(holderIdentity: string): void {
    const spec = { leaseDurationSeconds: 15, ...this.lease(), holderIdentity };
    this.store.put(LEASE, { ...this.store.get(LEASE), spec } as KubeObject);
  }

  lease(): Lease['spec'] {
    return (this.store.get(LEASE) as Lease | undefined)?.spec;
  }

  /** How often the lease was read between its release and the next write to it. */
  readsAfterRelease(): number {
    const requests = this.api.requests.filter(({ path }) => path === LEASE);
    const released = requests.findIndex(
      ({ verb, body }) => verb === 'PUT' && (body as Lease).spec?.holderIdentity === '',
    );
    const after = requests.slice(released + 1);
    return after
      .slice(
        0,
        after.findIndex(({ verb }) => verb === 'PUT'),
      )
      .filter(({ verb }) => verb === 'GET').length;
  }

  /** The paths of all writes so far, in their order. */
  writes(): readonly string[] {
    return this.api.requests.filter(({ verb }) => verb !== 'GET' && verb !== 'WATCH').map(({ path }) => path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const operator of this.#processes) await operator[Symbol.asyncDispose]();
    await this.api.close();
  }
}

/** How long the kubelet waits before it kills the operator. */
async function gracePeriodMs(): Promise<number> {
  const manifest = await readFile(new URL('../../deploy/operator/deployment.yaml', import.meta.url), 'utf8');
  return Number(/terminationGracePeriodSeconds: (\d+)/.exec(manifest)?.[1]) * 1000;
}

const until = (isMet: () => boolean | Promise<boolean>) => vi.waitUntil(isMet, { interval: 5, timeout: 30_000 });

describe('the operator’s process', { timeout: 60_000 }, () => {
  test('a standby is ready, and takes over when it first reads the lease after the leader’s stop', async () => {
    await using world = await World.create();
    const first = await world.leader();
    const second = world.start('second');
    await second.said('waiting to become leader');
    expect(await Promise.all([first.health('/readyz'), second.health('/readyz')])).toEqual(['200 ok', '200 ok']);
    first.send('SIGTERM');
    await until(() => world.lease()?.holderIdentity?.startsWith('second_') ?? false);
    // A standby reads every two seconds at most (kube/lease.test.ts, on a clock of its own), so reads are counted here.
    expect(world.readsAfterRelease()).toBe(1);
    expect(await first.exit()).toMatchObject({ code: 0 });
    world.putProfile();
    await until(() => world.store.get(PROFILE)?.status !== undefined);
    second.send('SIGTERM');
    expect(await second.exit()).toMatchObject({ code: 0 });
    expect(world.lease()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });

  test('a standby writes nothing', async () => {
    await using world = await World.create();
    world.putLease('other');
    world.putProfile();
    const operator = world.start();
    await world.api.received('GET', LEASE, 3);
    operator.send('SIGTERM');
    expect(await operator.exit()).toMatchObject({ code: 0 });
    expect(world.writes()).toEqual([]);
    expect(world.lease()).toMatchObject({ holderIdentity: 'other' });
  });

  test('a new leader reconciles the profiles that exist, and none that came and went while it waited', async () => {
    await using world = await World.create();
    world.putLease('other');
    const operator = world.start('first', { LOG_LEVEL: 'debug' });
    await operator.said('waiting to become leader');
    for (const name of ['a', 'b', 'c']) {
      const pod = `${PODS}/${name}`;
      world.store.put(pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { labels: { [LABEL.profile]: `gone-${name}` } },
      });
      world.store.remove(pod);
    }
    world.putProfile();
    await world.api.received('GET', LEASE, 2);
    world.putLease('');
    await operator.said('initial reconcile of all profiles done');
    expect(world.store.get(PROFILE)?.status).toBeDefined();
    expect(operator.lines.filter((line) => line.includes('"profile":"gone-'))).toEqual([]);
  });

  test('a leader that lost the lease exits at once with 1, and does not touch the lease', async () => {
    await using world = await World.create();
    const operator = await world.leader();
    world.putLease('other');
    expect(await operator.exit()).toMatchObject({ code: 1 });
    await operator.said('lost leader lease');
    expect(world.lease()).toMatchObject({ holderIdentity: 'other' });
  });

  test('a replica whose lists are rejected is live and not ready, says which, and takes no lease', async ({
    expect,
  }) => {
    await using world = await World.create();
    world.api.on('GET', collectionPath(RESOURCES.Job), status(403, 'Forbidden'));
    const operator = world.start();
    const path = collectionPath(RESOURCES.Job);
    await until(
      async () =>
        (await operator.health('/readyz')) ===
        `503 jobs: not listed yet: GET ${path}: 403 Forbidden: Forbidden, as scripted`,
    );
    expect(await operator.health('/livez')).toBe('200 ok');
    expect(world.api.requestsFor('GET', LEASE)).toEqual([]);
    operator.send('SIGTERM');
    expect(await operator.exit()).toMatchObject({ code: 0 });
  });

  test('a replica leads where one of its namespaces is synced, and says what is rejected in another', async () => {
    await using world = await World.create();
    world.api.on('GET', collectionPath(RESOURCES.Job, 'search'), status(403, 'Forbidden'));
    const operator = world.start('first', { WATCH_NAMESPACES: 'search,shop' });
    world.putProfile();
    await until(() => world.store.get(PROFILE)?.status !== undefined);
    expect(await operator.health('/readyz')).toMatch(/^503 jobs in search: not listed yet: .*: 403 Forbidden/);
    for (const { path } of world.api.requests) expect(path).toMatch(/\/namespaces\/(search|shop|dbpool-system)\//);
    operator.send('SIGTERM');
    expect(await operator.exit()).toMatchObject({ code: 0 });
  });

  test('a replica with an invalid selector is not ready, and quotes the API server', async () => {
    await using world = await World.create();
    world.api.on('GET', collectionPath(RESOURCES.DbPoolProfile), status(400, 'BadRequest'));
    const operator = world.start('first', { PROFILE_SELECTOR: 'team in' });
    await operator.said('400 BadRequest: BadRequest, as scripted');
    const [request] = world.api.requestsFor('GET', collectionPath(RESOURCES.DbPoolProfile));
    expect(request?.query).toMatchObject({ labelSelector: 'team in' });
    expect(await operator.health('/readyz')).toContain('profiles: not listed yet: ');
    operator.send('SIGTERM');
    expect(await operator.exit()).toMatchObject({ code: 0 });
  });

  test('a process with an invalid environment exits with 1, and says in one line what was expected', async () => {
    await using world = await World.create();
    const operator = world.start('');
    expect(await operator.exit()).toMatchObject({ code: 1 });
    await operator.said('POD_NAME: ');
    expect(operator.lines).toHaveLength(1);
  });

  test('a process whose API server is silent exits with 0 as well', async () => {
    await using world = await World.create();
    world.api.otherwise = hang;
    const operator = world.start();
    await operator.said('waiting for caches to sync');
    operator.send('SIGTERM');
    expect(await operator.exit()).toMatchObject({ code: 0 });
  });

  /** Answers the first write of a pass so, and sends SIGTERM once it has come. */
  async function stopInAWrite(world: World, answer: Answer): Promise<OperatorProcess> {
    world.api.on('POST', CONFIG_MAPS, answer);
    const operator = await world.leader();
    world.putProfile();
    await world.api.received('POST', CONFIG_MAPS);
    operator.send('SIGTERM');
    await operator.said('shutting down');
    return operator;
  }

  test('a leader that is stopped in a write finishes its pass before it releases the lease', async () => {
    await using world = await World.create();
    const written = Promise.withResolvers<void>();
    const operator = await stopInAWrite(world, async (exchange) => {
      await written.promise;
      await world.store.answer(exchange);
    });
    expect(world.lease()?.holderIdentity).toMatch(/^first_/);
    written.resolve();
    expect(await operator.exit()).toMatchObject({ code: 0 });
    const writes = world.writes();
    expect(writes.slice(writes.indexOf(CONFIG_MAPS)).filter((path) => path === `${PROFILE}/status`)).toHaveLength(1);
    expect(writes.at(-1)).toBe(LEASE);
    expect(world.lease()?.holderIdentity).toBe('');
  });

  test('a leader that is stopped in a write without a response exits within the grace period of the kubelet', async () => {
    await using world = await World.create();
    const operator = await stopInAWrite(world, hang);
    const { code, ms } = await operator.exit();
    expect([code, world.lease()?.holderIdentity]).toEqual([0, '']);
    await operator.said('in-flight work not finished within 3 s');
    expect(ms).toBeLessThan(await gracePeriodMs());
  });
});
