/** Many changes at once, and the same writes by a plain client with as many connections while no operator runs. */
import { type Bench, CONNECTIONS } from '../part.ts';
import { type Writes, writesIn } from '../changes.ts';
import { eachOf } from '../concurrency.ts';
import { isOfLease, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
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
  profiles,
  setMax,
  SHOP,
  shadowProfiles,
} from '../shop.ts';

const SETTLE_MS = 300_000;

export async function measureThroughput(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const { options, operator, run } = bench;
  const possible = options.changes.filter((changes) => changes <= profileCount);
  if (possible.length === 0) throw new Error(`there are ${profileCount} profiles: fewer than are to change at once`);
  // The smallest number of changes shows what more profiles cost.
  const counts = profileCount === options.changesAt ? possible : [Math.min(...possible)];
  await operator.stop();
  const baselines = await measureBaselines(bench, counts);
  await operator.start();
  await operator.howItStarted(SETTLE_MS);
  // One round that does not count opens connections and compiles code, as for the baseline.
  await changeAtOnce(bench, Math.min(...counts));
  const measured: Measurement[] = [];
  for (const changes of counts) {
    const rounds: Round[] = [];
    for (let time = 1; time <= repetitions(options.runs, changes); time += 1) {
      const round = await changeAtOnce(bench, changes);
      run.say(`${changes} changes at once: ${Math.round(round.ms)} ms`);
      rounds.push(round);
    }
    const at = { profiles: profileCount, changes };
    const perChange = (pick: (round: Round) => number) => rounds.map((round) => pick(round) / changes);
    measured.push(
      { figure: 'throughput', at, samples: rounds.map(({ ms }) => ms), baseline: baselines.get(changes) ?? [] },
      { figure: 'throughput.writes', at, samples: perChange(({ writes }) => sumOf(writes)) },
      { figure: 'throughput.writes.status', at, samples: perChange(({ writes }) => writes.status) },
      { figure: 'cpu.changes', at, samples: perChange(({ cpuSeconds }) => cpuSeconds * 1000) },
    );
  }
  return measured;
}

/** Fewer repetitions for many changes, because their times vary less. */
const repetitions = (runs: number, changes: number) => (changes > 500 ? Math.ceil(runs / 2) : runs);

type Round = {
  readonly ms: number;
  readonly cpuSeconds: number;
  /** The operator's writes until the last status is there. */
  readonly writes: Writes;
};

const sumOf = (writes: Writes) => Object.values(writes).reduce((sum, one) => sum + one, 0);

async function changeAtOnce({ client, fleet, operator, run, cluster }: Bench, changes: number): Promise<Round> {
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
  const mark = await markAuditLog(run, cluster.node);
  const before = await operator.vitals();
  const startedAt = performance.now();
  await eachOf(
    names,
    CONNECTIONS,
    async (name) => void (await setMax(client, profiles(SHOP), name, fleet.nextMax(name))),
  );
  const doneAt = Math.max(...(await Promise.all(done)));
  // The CPU of a change includes all work until the profile is Ready.
  await Promise.all(settled);
  const after = await operator.vitals();
  const requests = await requestsSince(run, cluster.node, mark);
  // The node has this machine's clock.
  const until = requests.filter(({ at }) => at <= performance.timeOrigin + doneAt);
  return {
    ms: doneAt - startedAt,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    writes: writesIn(until.filter((request) => !isOfLease(request))),
  };
}

/** Milliseconds by number of changes. */
async function measureBaselines({ client, fleet, options, run }: Bench, counts: readonly number[]) {
  const names = await fleet.bare(Math.max(...counts));
  const changeThese = (changes: number) => changeBareAtOnce(client, names.slice(0, changes), fleet.nextBareMax());
  await changeThese(Math.min(...counts));
  const baselines = new Map<number, number[]>();
  for (const changes of counts) {
    const baseline: number[] = [];
    for (let time = 1; time <= repetitions(options.runs, changes); time += 1) {
      baseline.push(await changeThese(changes));
      run.say(`${changes} changes at once by a plain client: ${Math.round(baseline.at(-1) ?? 0)} ms`);
    }
    baselines.set(changes, baseline);
  }
  return baselines;
}

/**
 * Four writes for each change: shadow profile, ConfigMap, template, status. This process watches as much as when it measures the
 * operator, because it shares the machine with everything else.
 */
async function changeBareAtOnce(client: Bench['client'], names: readonly string[], max: number): Promise<number> {
  using templates = await Observer.start(client, deployments(BARE));
  using reports = await Observer.start(client, shadowProfiles(BARE));
  const done: Promise<number>[] = [];
  await eachOf(names, CONNECTIONS, async (name) => {
    const template = await nextGeneration(client, `${deployments(BARE)}/${name}`);
    const wanted = await nextGeneration(client, `${shadowProfiles(BARE)}/${name}`);
    done.push(
      templates.when(name, (object) => hasGeneration(object, template), SETTLE_MS),
      reports.when(name, (object) => isReported(object, wanted), SETTLE_MS),
    );
  });
  const startedAt = performance.now();
  await eachOf(names, CONNECTIONS, async (name) => {
    const { metadata } = await setMax(client, shadowProfiles(BARE), name, max);
    await configureBare(client, name, max);
    await client.patch(`${shadowProfiles(BARE)}/${name}/status`, statusOf(max, metadata.generation ?? 0), MERGE);
  });
  return Math.max(...(await Promise.all(done))) - startedAt;
}

const nextGeneration = async (client: Bench['client'], path: string): Promise<number> =>
  ((await client.get(path)).metadata.generation ?? 0) + 1;

/** As large as a status that the operator writes. */
function statusOf(max: number, observedGeneration: number): object {
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'Measured',
    message: `min 2, max ${max}, timeout 30 s, recycle 3600 s on 0 pods.`,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    observedGeneration,
  });
  const types = ['Ready', 'ConfigRendered', 'ProbeSucceeded', 'RolledOut'];
  return { status: { observedGeneration, conditions: types.map(condition) } };
}
