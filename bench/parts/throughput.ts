/** Many changes at once, and the same writes by a plain client with as many connections, while no operator is there. */
import { type Bench, CONNECTIONS } from '../part.ts';
import { eachOf } from '../concurrency.ts';
import { Observer } from '../cluster/observer.ts';
import { MERGE } from '../cluster/plain-client.ts';
import type { Measurement } from '../figures.ts';
import {
  BARE,
  configureBare,
  deployments,
  hasGeneration,
  isReady,
  isReported,
  profile,
  profiles,
  setMax,
  SHOP,
} from '../shop.ts';

const SETTLE_MS = 300_000;

export async function measureThroughput(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const { options, operator, run } = bench;
  const counts = options.changes.filter((changes) => changes <= profileCount);
  await operator.stop();
  const floors = await measureFloors(bench, counts);
  await operator.start();
  await operator.howItStarted(SETTLE_MS);
  const measured: Measurement[] = [];
  for (const changes of counts) {
    const [samples, cpu]: [number[], number[]] = [[], []];
    for (let time = 1; time <= repetitions(options.runs, changes); time += 1) {
      const { ms, cpuSeconds } = await changeAtOnce(bench, changes);
      run.say(`${changes} changes at once: ${Math.round(ms)} ms`);
      samples.push(ms);
      cpu.push((cpuSeconds / changes) * 1000);
    }
    const at = { profiles: profileCount, changes };
    const floor = floors.get(changes) ?? [];
    measured.push({ figure: 'throughput', at, samples, floor }, { figure: 'cpu.changes', at, samples: cpu });
  }
  return measured;
}

/** The more of them there are, the less one time differs from the next. */
const repetitions = (runs: number, changes: number) => (changes > 500 ? Math.ceil(runs / 2) : runs);

async function changeAtOnce({ client, fleet, operator }: Bench, changes: number) {
  using templates = await Observer.start(client, deployments(SHOP));
  using reports = await Observer.start(client, profiles(SHOP));
  const names = fleet.some(changes);
  const done: Promise<number>[] = [];
  const settled: Promise<number>[] = [];
  await eachOf(names, CONNECTIONS, async (name) => {
    const template = await nextGeneration(client, `${deployments(SHOP)}/${name}`);
    const wanted = await nextGeneration(client, `${profiles(SHOP)}/${name}`);
    done.push(
      templates.when(name, (object) => hasGeneration(object, template), SETTLE_MS),
      reports.when(name, (object) => isReported(object, wanted), SETTLE_MS),
    );
    settled.push(reports.when(name, (object) => isReady(object, wanted), SETTLE_MS));
  });
  const before = await operator.vitals();
  const startedAt = performance.now();
  await eachOf(names, CONNECTIONS, async (name) => void (await setMax(client, SHOP, name, fleet.nextMax(name))));
  const ms = Math.max(...(await Promise.all(done))) - startedAt;
  // The CPU of a change is what it takes until nothing more comes of it.
  await Promise.all(settled);
  const after = await operator.vitals();
  return { ms, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

/** Milliseconds by number of changes. Its profiles go before an operator comes that would act on them. */
async function measureFloors({ client, fleet, options, run }: Bench, counts: readonly number[]) {
  const names = await fleet.bare(Math.max(...counts));
  await eachOf(names, CONNECTIONS, async (name) => void (await client.create(profiles(BARE), profile(name, 20))));
  const floors = new Map<number, number[]>();
  for (const changes of counts) {
    const floor: number[] = [];
    for (let time = 1; time <= repetitions(options.runs, changes); time += 1) {
      floor.push(await changeBareAtOnce(client, names.slice(0, changes), fleet.nextBareMax()));
      run.say(`${changes} changes at once by a plain client: ${Math.round(floor.at(-1) ?? 0)} ms`);
    }
    floors.set(changes, floor);
  }
  await client.delete(profiles(BARE));
  return floors;
}

/** The profile, its ConfigMap, the template and the status: four writes a change, each change by itself. */
async function changeBareAtOnce(client: Bench['client'], names: readonly string[], max: number): Promise<number> {
  using templates = await Observer.start(client, deployments(BARE));
  const done: Promise<number>[] = [];
  await eachOf(names, CONNECTIONS, async (name) => {
    const template = await nextGeneration(client, `${deployments(BARE)}/${name}`);
    done.push(templates.when(name, (object) => hasGeneration(object, template), SETTLE_MS));
  });
  const startedAt = performance.now();
  await eachOf(names, CONNECTIONS, async (name) => {
    await setMax(client, BARE, name, max);
    await configureBare(client, name, max);
    await client.patch(`${profiles(BARE)}/${name}/status`, statusOf(max), MERGE);
  });
  const written = performance.now();
  return Math.max(written, ...(await Promise.all(done))) - startedAt;
}

const nextGeneration = async (client: Bench['client'], path: string): Promise<number> =>
  ((await client.get(path)).metadata.generation ?? 0) + 1;

/** As large as a status of the operator's. */
function statusOf(max: number): object {
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'Measured',
    message: `min 2, max ${max}, timeout 30 s, recycle 3600 s on 0 pods.`,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    observedGeneration: 1,
  });
  const types = ['Ready', 'ConfigRendered', 'ProbeSucceeded', 'RolledOut'];
  return { status: { observedGeneration: 1, conditions: types.map(condition) } };
}
