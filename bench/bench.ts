/** One run of the benchmark: for each number of profiles, all parts that are measured with so many. */
import { kubectl } from '../test/bed/bed.ts';
import { OperatorPod } from './cluster/operator.ts';
import { createShadowCrd, deleteShadowCrd } from './cluster/shadow-crd.ts';
import { PlainClient } from './cluster/plain-client.ts';
import type { Measurement } from './figures.ts';
import type { Options, PartName } from './options.ts';
import { type Bench, CONNECTIONS } from './part.ts';
import { measureCost } from './parts/cost.ts';
import { measureEndToEnd } from './parts/end-to-end.ts';
import { measureLatency } from './parts/latency.ts';
import { measureProbe } from './parts/probe.ts';
import { measureThroughput } from './parts/throughput.ts';
import { Fleet } from './fleet.ts';
import { ROLLING } from './rolling-shop.ts';
import { BARE, deployments, makeNamespace, profiles, SHOP } from './shop.ts';
import { type Outcome, Measuring, type MeasureOptions } from './measure.ts';

export type BenchOptions = Pick<Bench, 'run' | 'options' | 'cluster' | 'images' | 'base'> &
  Pick<MeasureOptions, 'onMeasured'>;

type Part = (bench: Bench) => Promise<readonly Measurement[]>;

/** No part starts after so many minutes, so the whole run ends within 40. */
const MAX_MINUTES = 35;

/** Measures all figures that the options ask for. A part that fails is reported, and the others go on. */
export async function measureFigures(given: BenchOptions): Promise<Outcome> {
  const { run, options, cluster, onMeasured } = given;
  const client = new PlainClient(cluster.kubeconfig, CONNECTIONS);
  const operator = new OperatorPod(run, cluster.node);
  const bench: Bench = { ...given, client, operator, fleet: new Fleet(client, run) };
  const measuring = new Measuring({ run, maxMinutes: MAX_MINUTES, onMeasured });
  try {
    await operator.stop();
    await removeNamespaces(bench);
    for (const namespace of [SHOP, BARE]) await makeNamespace(client, namespace);
    await createShadowCrd(run, cluster.node, client);
    await operator.start();
    for (const [name, part] of partsAlone(options)) await measuring.attempt(name, () => part(bench));
    await climb(measuring, bench);
  } finally {
    await operator.restore();
    await deleteShadowCrd(run, cluster.node);
    client.close();
  }
  return measuring;
}

/** Stops where not all profiles of a step are there: the figures would belong to a smaller number of profiles. */
async function climb(measuring: Measuring, bench: Bench): Promise<void> {
  const { options, fleet } = bench;
  for (const count of options.profiles) {
    const parts = partsAt(options, count);
    if (parts.length === 0) continue;
    await measuring.attempt(`${count} profiles are there`, async () => {
      await fleet.growTo(count, measuring.endAt);
      return [];
    });
    if (fleet.settled < count) return;
    for (const [name, part] of parts) await measuring.attempt(`${name} at ${count} profiles`, () => part(bench));
  }
}

/** Removes what an earlier run left in a kept cluster. One call deletes all profiles and one all Deployments: there may be thousands. */
export async function removeNamespaces({
  run,
  client,
  cluster,
}: Pick<Bench, 'run' | 'client' | 'cluster'>): Promise<void> {
  const namespaces = [SHOP, BARE, ROLLING];
  for (const namespace of namespaces) {
    await client.delete(profiles(namespace));
    await client.delete(`${deployments(namespace)}?propagationPolicy=Background`);
  }
  const args = ['delete', 'namespace', '--ignore-not-found', '--timeout=300s', ...namespaces];
  await kubectl(run, cluster.node, args, { timeoutMs: 320_000 });
}

type NamedPart = readonly [name: string, part: Part];

/** Parts that need an empty cluster. */
const partsAlone = ({ parts }: Options): readonly NamedPart[] => [
  ...(parts.includes('probe') ? [['probe', measureProbe] as const] : []),
  ...(parts.includes('end-to-end') ? [['end to end', measureEndToEnd] as const] : []),
];

/** Parts that are measured with so many profiles in the cluster. */
function partsAt({ parts, changesAt, latencyUpTo }: Options, count: number): readonly NamedPart[] {
  const wants = (part: PartName, isHere = true) => isHere && parts.includes(part);
  return [
    ...(wants('cost') ? [['cost', (bench: Bench) => measureCost(bench, count)] as const] : []),
    ...(wants('latency', count <= latencyUpTo)
      ? [['latency', (bench: Bench) => measureLatency(bench, count)] as const]
      : []),
    ...(wants('throughput', count === changesAt || (count > changesAt && count <= latencyUpTo))
      ? [['throughput', (bench: Bench) => measureThroughput(bench, count)] as const]
      : []),
  ];
}
