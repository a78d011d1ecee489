/** One run of the benchmark: the ladder of profiles, the parts on each of its steps, and what came of them. */
import { kubectl } from '../test/bed/bed.ts';
import { OperatorPod } from './cluster/operator.ts';
import { makeTwin, removeTwin } from './cluster/twin.ts';
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
import { type Outcome, Taking, type TakingOptions } from './taking.ts';

export type BenchOptions = Pick<Bench, 'run' | 'options' | 'cluster' | 'images' | 'base'> &
  Pick<TakingOptions, 'onTaken'>;

type Part = (bench: Bench) => Promise<readonly Measurement[]>;

/** No part begins later, so that the whole ends within 40 minutes: whoever starts this goes away meanwhile. */
const MOST_MINUTES = 35;

/** Takes all figures that were asked for. A part that fails is told of, and the others go on. */
export async function takeFigures(given: BenchOptions): Promise<Outcome> {
  const { run, options, cluster, onTaken } = given;
  const client = new PlainClient(cluster.kubeconfig, CONNECTIONS);
  const operator = new OperatorPod(run, cluster.node);
  const bench: Bench = { ...given, client, operator, fleet: new Fleet(client, run) };
  const taking = new Taking({ run, mostMinutes: MOST_MINUTES, onTaken });
  try {
    await operator.stop();
    await removeNamespaces(bench);
    for (const namespace of [SHOP, BARE]) await makeNamespace(client, namespace);
    await makeTwin(run, cluster.node, client);
    await operator.start();
    for (const [name, part] of partsAlone(options)) await taking.attempt(name, () => part(bench));
    await climb(taking, bench);
  } finally {
    await operator.restore();
    await removeTwin(run, cluster.node);
    client.close();
  }
  return taking;
}

/** From step to step, as long as its profiles are there: figures of fewer would be told as those of more. */
async function climb(taking: Taking, bench: Bench): Promise<void> {
  const { options, fleet } = bench;
  for (const count of options.profiles) {
    const parts = partsAt(options, count);
    if (parts.length === 0) continue;
    await taking.attempt(`${count} profiles are there`, async () => {
      await fleet.growTo(count, taking.endAt);
      return [];
    });
    if (fleet.settled < count) return;
    for (const [name, part] of parts) await taking.attempt(`${name} at ${count} profiles`, () => part(bench));
  }
}

/** What an earlier run left in a cluster that was kept. Profiles and Deployments go by one call each: there may be thousands. */
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

/** What needs an empty cluster. */
const partsAlone = ({ parts }: Options): readonly NamedPart[] => [
  ...(parts.includes('probe') ? [['probe', measureProbe] as const] : []),
  ...(parts.includes('end-to-end') ? [['end to end', measureEndToEnd] as const] : []),
];

/** What is taken with so many profiles in the cluster. */
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
