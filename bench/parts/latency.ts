/** One change at a time: from the profile to the pod template. After each, a plain client makes the same change in the fewest writes. */
import { OPERATOR_USER } from '../../test/support/audit.ts';
import { type Change, changesIn, readsIn, splitOf, writesIn } from '../changes.ts';
import { BENCH_USER, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import { Observer } from '../cluster/observer.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import {
  BARE,
  configureBare,
  configMaps,
  deployments,
  hasGeneration,
  isConfigOf,
  isReady,
  patchTemplate,
  profiles,
  setMax,
  SHOP,
  shadowProfiles,
} from '../shop.ts';

/** Changes that do not count: they open connections and compile code. */
const WARM_UP = 3;

export async function measureLatency(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const { client, fleet, options, run, cluster } = bench;
  using seen = await watchAll(client);
  const [bareName = ''] = await fleet.bare(1);
  const times = {
    changed: [] as number[],
    reported: [] as number[],
    baseline: [] as number[],
    three: [] as number[],
    patch: [] as number[],
  };
  const names = fleet.some(Math.min(options.singles, profileCount));
  let mark = await markAuditLog(run, cluster.node);
  for (let index = -WARM_UP; index < options.singles; index += 1) {
    if (index === 0) mark = await markAuditLog(run, cluster.node);
    const name = names[(index + WARM_UP) % names.length] ?? '';
    const { changed, reported } = await change(bench, seen, name);
    const baseline = await changeBare(bench, seen, bareName);
    const three = await changeBare(bench, seen, bareName, 'with its shadow profile');
    const patch = await changeOnly(bench, seen, bareName);
    if (index < 0) continue;
    times.changed.push(changed);
    times.reported.push(reported);
    times.baseline.push(baseline);
    times.three.push(three);
    times.patch.push(patch);
    if (index % 20 === 0) run.say(`change ${index + 1} of ${options.singles}: ${Math.round(changed)} ms`);
  }
  const requests = await requestsSince(run, cluster.node, mark, [OPERATOR_USER, BENCH_USER]);
  const at = { profiles: profileCount };
  return [
    { figure: 'latency', at, samples: times.changed, baseline: times.baseline },
    { figure: 'latency.three', at, samples: times.three },
    { figure: 'latency.patch', at, samples: times.patch },
    { figure: 'latency.reported', at, samples: times.reported },
    ...figuresOf(changesIn(requests, SHOP)).map((one) => ({ ...one, at })),
  ];
}

type Sights = {
  readonly templates: Observer;
  readonly configs: Observer;
  readonly reports: Observer;
  readonly bare: Observer;
  readonly bareConfigs: Observer;
};

async function watchAll(client: Bench['client']): Promise<Sights & Disposable> {
  const stack = new DisposableStack();
  const watch = async (path: string) => stack.use(await Observer.start(client, path));
  return {
    templates: await watch(deployments(SHOP)),
    configs: await watch(configMaps(SHOP)),
    reports: await watch(profiles(SHOP)),
    bare: await watch(deployments(BARE)),
    bareConfigs: await watch(configMaps(BARE)),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/** Milliseconds from before the profile is written. */
async function change(
  { client, fleet }: Bench,
  seen: Sights,
  name: string,
): Promise<{ readonly changed: number; readonly reported: number }> {
  const { metadata } = await client.get(`${deployments(SHOP)}/${name}`);
  const generation = (metadata.generation ?? 0) + 1;
  const profile = await client.get(`${profiles(SHOP)}/${name}`);
  const wanted = (profile.metadata.generation ?? 0) + 1;
  const max = fleet.nextMax(name);
  const configured = seen.configs.whenAny((object) => isConfigOf(object, name, max));
  const changed = seen.templates.when(name, (object) => hasGeneration(object, generation));
  const reported = seen.reports.when(name, (object) => isReady(object, wanted));
  const startedAt = performance.now();
  await setMax(client, profiles(SHOP), name, max);
  return {
    changed: Math.max(await configured, await changed) - startedAt,
    reported: (await reported) - startedAt,
  };
}

/** Two writes; three where the shadow profile is written first, as a user writes the profile. */
async function changeBare({ client, fleet }: Bench, seen: Sights, name: string, how?: 'with its shadow profile') {
  const generation = await nextGeneration(client, name);
  const max = fleet.nextBareMax();
  const configured = seen.bareConfigs.whenAny((object) => isConfigOf(object, name, max));
  const changed = seen.bare.when(name, (object) => hasGeneration(object, generation));
  const startedAt = performance.now();
  if (how === 'with its shadow profile') await setMax(client, shadowProfiles(BARE), name, max);
  await configureBare(client, name, max);
  return Math.max(await configured, await changed) - startedAt;
}

async function changeOnly({ client }: Bench, { bare }: Sights, name: string): Promise<number> {
  const generation = await nextGeneration(client, name);
  const changed = bare.when(name, (object) => hasGeneration(object, generation));
  const startedAt = performance.now();
  await patchTemplate(client, BARE, name, String(startedAt));
  return (await changed) - startedAt;
}

const nextGeneration = async (client: Bench['client'], name: string): Promise<number> =>
  ((await client.get(`${deployments(BARE)}/${name}`)).metadata.generation ?? 0) + 1;

/** One sample for each change. */
function figuresOf(changes: readonly Change[]) {
  const writes = changes.map(({ asked }) => writesIn(asked));
  const splits = changes.flatMap((change) => splitOf(change) ?? []);
  return [
    ...(['configMap', 'deployment', 'status', 'event', 'other'] as const).map((kind) => ({
      figure: `writes.${kind}` as const,
      samples: writes.map((one) => one[kind]),
    })),
    { figure: 'reads', samples: changes.map(({ asked }) => readsIn(asked)) },
    ...(['profile', 'look', 'configMap', 'between', 'template'] as const).map((part) => ({
      figure: `split.${part}` as const,
      samples: splits.map((one) => one[part]),
    })),
  ] as const;
}
