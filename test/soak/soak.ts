/**
 * The soak: backends whose profiles are changed at random, for two thirds of its time while faults befall the operator and
 * the control plane, and for the last third in a calm, in which one process leads and its memory is measured. Then what
 * must hold is judged. The seed brings back the order of changes and faults; their moments depend on the machine.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { Client } from '../../src/kube/client.ts';
import { pause } from '../../src/runtime/timers.ts';
import type { Cluster } from '../bed/bed.ts';
import type { Run } from '../runner/run.ts';
import { withFailpoints } from '../faults/failpoints.ts';
import { holderOf, OPERATOR_LEASE, steadyHolder } from '../faults/lease.ts';
import { type KindNode, shell } from '../faults/node.ts';
import { leader, operatorPid } from '../faults/operator-pods.ts';
import type { Cycle } from './cycle.ts';
import { errorsSince, lookAt, requestsOfOperator } from './evidence.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import type { Life } from './leak.ts';
import { Memory } from './memory.ts';
import { random } from './random.ts';
import { Rounds } from './rounds.ts';
import { Seen } from './seen.ts';
import { type Images, Shop } from './shop.ts';

export type SoakOptions = {
  readonly seed: number;
  readonly durationMs: number;
  readonly images: Images;
};

export type SoakResult = {
  readonly findings: readonly Finding[];
  /** How often each fault was injected, and whatever else happened to backends. */
  readonly faults: ReadonlyMap<string, number>;
  readonly cycles: readonly Cycle[];
};

/** The backends: most have no replicas, so that two cores carry the changes and not the pods. One is proven by probes. */
const SHOPS = [
  ...Array.from({ length: 7 }, () => ({ replicas: 0, isProven: false })),
  { replicas: 0, isProven: true },
  { replicas: 1, isProven: false },
  { replicas: 2, isProven: false },
];

/** The share of its time in which no fault comes, and the least of it in which memory can be measured. */
const CALM_SHARE = 1 / 3;
const LEAST_CALM_MS = 90_000;

const SAY_MS = 10_000;

/** Resolves once all is judged. Throws where the cluster cannot be reached any more, or the run is stopped. */
export async function soak(run: Run, cluster: Cluster, { seed, durationMs, images }: SoakOptions): Promise<SoakResult> {
  const node = { run, name: cluster.node };
  const client = clientOf(cluster);
  const [seen, memory] = [new Seen(client), new Memory()];
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const id = Date.now().toString(36);
  const common = { client, seen, restartContainers: (namespace: string) => restartContainers(node, namespace) };
  const shops = SHOPS.map(
    (kind, index) => new Shop({ namespace: `soak-${id}-${index}`, random: random(seed, index), ...common, ...kind }),
  );
  const underWay: Promise<unknown>[] = [];
  try {
    run.say('the backends are made, and the operator is made ready to be killed at its writes');
    await withFailpoints(node);
    await Promise.all(shops.map((shop) => shop.open(images, signal)));
    const from = Date.now();
    const endOfFaults = from + durationMs * (1 - CALM_SHARE);
    const isOver = () => Date.now() >= endOfFaults;
    const rounds = new Rounds({ node, shops, draw: random(seed, shops.length), isOver, signal });
    let stage: Stage = 'faults';
    const stages = async () => {
      await rounds.run();
      stage = 'calm';
      const calmFrom = Date.now();
      const life = await lifeInCalm(node, memory, Math.max(durationMs * CALM_SHARE, LEAST_CALM_MS), signal);
      stage = 'over';
      return { life, errors: await errorsSince(node, calmFrom) };
    };
    const inStages = stages();
    const changing = shops.map((shop) => shop.keepChanging(() => stage === 'over', signal));
    underWay.push(inStages, ...changing, seen.keepLooking(signal), memory.keepLooking(node, signal));
    underWay.push(tell(run, signal, () => inWords(stage, shops, rounds)));
    const [inCalm] = await Promise.all([inStages, ...changing]);
    await seen.look(signal);
    const cycles = shops.flatMap((shop) => shop.cycles);
    const findings = judge({
      shops: await Promise.all(shops.map((shop) => lookAt(shop, client, signal))),
      cycles,
      faults: rounds.faults,
      quiets: rounds.quiets,
      requests: await requestsOfOperator(node, { from, to: Date.now() }),
      ...inCalm,
      most: memory.most,
    });
    const titles = [
      ...rounds.faults.map(({ title }) => title),
      ...cycles.flatMap(({ disturbance }) => disturbance ?? []),
    ];
    return { findings, faults: countOf(titles), cycles };
  } finally {
    stop.abort();
    // A fault that lasts is taken back before anything else is done.
    await Promise.allSettled(underWay);
    client.close();
  }
}

type Stage = 'faults' | 'calm' | 'over';

function clientOf(cluster: Cluster): Client {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
  return new Client(kubeConfig, 'soak', { timeoutMs: 10_000 });
}

/** Changes go on, but nothing else happens; the process that leads at its begin should lead at its end. */
async function lifeInCalm(node: KindNode, memory: Memory, ms: number, signal: AbortSignal): Promise<Life> {
  const holder = await steadyHolder(node, OPERATOR_LEASE);
  const pid = await operatorPid(node, await leader(node));
  const from = Date.now();
  await pause(ms, signal);
  const isSame = (await holderOf(node, OPERATOR_LEASE)) === holder;
  const samples = memory.of(pid, { from, to: Date.now() });
  return { samples, cutShort: isSame ? undefined : 'another process led at its end' };
}

async function tell(run: Run, signal: AbortSignal, words: () => string): Promise<void> {
  while (!signal.aborted) {
    run.say(words());
    await pause(SAY_MS, signal).catch(() => undefined);
  }
}

function inWords(stage: Stage, shops: readonly Shop[], { faults }: Rounds): string {
  const changes = shops.reduce((sum, { cycles }) => sum + cycles.length, 0);
  const settled = shops.filter(({ isSettled }) => isSettled).length;
  return `${stage}: ${changes} changes, ${faults.length} faults, ${settled} of ${shops.length} profiles settled`;
}

/** Kills the app containers of a namespace. The kubelet starts them again, and counts. */
async function restartContainers(node: KindNode, namespace: string): Promise<void> {
  const labels = [`io.kubernetes.pod.namespace=${namespace}`, 'io.kubernetes.container.name=app'];
  const filter = labels.map((label) => `--label ${label}`).join(' ');
  await shell(node, `crictl ps -q ${filter} | xargs -r crictl stop --timeout 0`);
}

function countOf(titles: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const title of titles) counts.set(title, (counts.get(title) ?? 0) + 1);
  return counts;
}
