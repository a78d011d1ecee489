/** One change at a time: from the profile to the pod template. Each is followed by the same change in the fewest writes. */
import type { AuditedRequest } from '../../test/support/audit.ts';
import { count, isOfLease, isRead, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import { Observer } from '../cluster/observer.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import {
  BARE,
  configureBare,
  configMaps,
  deployments,
  hasGeneration,
  isReady,
  patchTemplate,
  profiles,
  setMax,
  SHOP,
} from '../shop.ts';

/** Changes before the first that counts: connections are opened, code is compiled. */
const WARM_UP = 3;

export async function measureLatency(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const { client, fleet, options, run, cluster } = bench;
  using seen = await watchAll(client);
  const [bareName = ''] = await fleet.bare(1);
  const times = { changed: [] as number[], reported: [] as number[], floor: [] as number[], patch: [] as number[] };
  const names = fleet.some(Math.min(options.singles, profileCount));
  let mark = await markAuditLog(run, cluster.node);
  for (let index = -WARM_UP; index < options.singles; index += 1) {
    if (index === 0) mark = await markAuditLog(run, cluster.node);
    const name = names[(index + WARM_UP) % names.length] ?? '';
    const { changed, reported } = await change(bench, seen, name);
    const floor = await changeBare(bench, seen, bareName);
    const patch = await changeOnly(bench, seen, bareName);
    if (index < 0) continue;
    times.changed.push(changed);
    times.reported.push(reported);
    times.floor.push(floor);
    times.patch.push(patch);
    if (index % 20 === 0) run.say(`change ${index + 1} of ${options.singles}: ${Math.round(changed)} ms`);
  }
  const requests = await requestsSince(run, cluster.node, mark);
  const at = { profiles: profileCount };
  return [
    { figure: 'latency', at, samples: times.changed, floor: times.floor },
    { figure: 'latency.patch', at, samples: times.patch },
    { figure: 'latency.reported', at, samples: times.reported },
    ...requestsPerChange(requests, options.singles).map((one) => ({ ...one, at })),
  ];
}

type Seen = {
  readonly templates: Observer;
  readonly configs: Observer;
  readonly reports: Observer;
  readonly bare: Observer;
};

async function watchAll(client: Bench['client']): Promise<Seen & Disposable> {
  const [templates, configs, reports, bare] = await Promise.all([
    Observer.start(client, deployments(SHOP)),
    Observer.start(client, configMaps(SHOP)),
    Observer.start(client, profiles(SHOP)),
    Observer.start(client, deployments(BARE)),
  ]);
  return {
    templates,
    configs,
    reports,
    bare,
    [Symbol.dispose]: () => {
      for (const observer of [templates, configs, reports, bare]) observer[Symbol.dispose]();
    },
  };
}

/** Milliseconds from before the profile is written. */
async function change(
  { client, fleet }: Bench,
  seen: Seen,
  name: string,
): Promise<{ readonly changed: number; readonly reported: number }> {
  const { metadata } = await client.get(`${deployments(SHOP)}/${name}`);
  const generation = (metadata.generation ?? 0) + 1;
  const changed = seen.templates.when(name, (object) => hasGeneration(object, generation));
  const profile = await client.get(`${profiles(SHOP)}/${name}`);
  const wanted = (profile.metadata.generation ?? 0) + 1;
  const reported = seen.reports.when(name, (object) => isReady(object, wanted));
  const startedAt = performance.now();
  await setMax(client, SHOP, name, fleet.nextMax(name));
  return { changed: (await changed) - startedAt, reported: (await reported) - startedAt };
}

async function changeBare({ client, fleet }: Bench, { bare }: Seen, name: string): Promise<number> {
  const generation = await nextGeneration(client, name);
  const changed = bare.when(name, (object) => hasGeneration(object, generation));
  const startedAt = performance.now();
  await configureBare(client, name, fleet.nextBareMax());
  return (await changed) - startedAt;
}

async function changeOnly({ client }: Bench, { bare }: Seen, name: string): Promise<number> {
  const generation = await nextGeneration(client, name);
  const changed = bare.when(name, (object) => hasGeneration(object, generation));
  const startedAt = performance.now();
  await patchTemplate(client, BARE, name, String(startedAt));
  return (await changed) - startedAt;
}

const nextGeneration = async (client: Bench['client'], name: string): Promise<number> =>
  ((await client.get(`${deployments(BARE)}/${name}`)).metadata.generation ?? 0) + 1;

function requestsPerChange(requests: readonly AuditedRequest[], changes: number) {
  const asked = requests.filter((request) => !isOfLease(request));
  const writes = asked.filter((request) => !isRead(request));
  // The end of a watch that was begun before is in the log, too; it is nobody's read.
  const reads = asked.filter(({ verb }) => verb === 'get' || verb === 'list');
  const of = (...resources: readonly string[]) =>
    count(writes, ({ resource }) => resources.includes(resource)) / changes;
  const known = ['configmaps', 'deployments', 'dbpoolprofiles/status', 'events'];
  return [
    { figure: 'writes.configMap', samples: [of('configmaps')] },
    { figure: 'writes.deployment', samples: [of('deployments')] },
    { figure: 'writes.status', samples: [of('dbpoolprofiles/status')] },
    { figure: 'writes.event', samples: [of('events')] },
    { figure: 'writes.other', samples: [count(writes, ({ resource }) => !known.includes(resource)) / changes] },
    { figure: 'reads', samples: [reads.length / changes] },
  ] as const;
}
