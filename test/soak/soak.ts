/**
 * The soak: backends whose profiles are changed at random while faults befall the operator and the control plane, until
 * its time is over. Then the faults end, all must settle, and what must hold is judged. The seed brings back the order of
 * changes and faults; their moments depend on the machine.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Client } from '../../src/kube/client.ts';
import type { Cluster } from '../cluster/kind/cluster.ts';
import type { Run } from '../cluster/command/run.ts';
import { FAULTS, type Fault } from '../faults/faults.ts';
import { allWell } from '../faults/operator-pods.ts';
import { OPERATOR_USER } from '../support/audit.ts';
import { type Finding, judge } from './judge.ts';
import { Memory } from './memory.ts';
import { random } from './random.ts';
import { Seen } from './seen.ts';
import { Shop } from './shop.ts';

export type SoakOptions = {
  readonly seed: number;
  readonly durationMs: number;
  /** Image of the backends. */
  readonly image: string;
};

export type SoakResult = {
  readonly findings: readonly Finding[];
  /** How often each fault was injected. */
  readonly faults: ReadonlyMap<string, number>;
  readonly changes: number;
  /** Milliseconds that changes took to be Ready: the median, and the longest. */
  readonly took: { readonly median: number; readonly longest: number };
};

/** Replicas of the backends: most are none, so that two cores carry the changes and not the pods. */
const REPLICAS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2];

/** Milliseconds after the last fault in which all must settle: a lease that runs out, and the longest pause before a retry. */
const SETTLE_MS = 180_000;

const SAY_MS = 10_000;

/** Resolves once the time is over and all is judged. Throws where the cluster cannot be reached any more, or the run is stopped. */
export async function soak(run: Run, cluster: Cluster, options: SoakOptions): Promise<SoakResult> {
  const node = { run, name: cluster.node };
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
  const client = new Client(kubeConfig, 'soak', { timeoutMs: 10_000 });
  const [seen, memory] = [new Seen(client), new Memory()];
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const id = Date.now().toString(36);
  const shops = REPLICAS.map((_, index) => new Shop(`soak-${id}-${index}`, client, random(options.seed, index), seen));
  const faults = new Map<string, number>();
  const endAt = performance.now() + options.durationMs;
  const isOver = () => performance.now() >= endAt || signal.aborted;
  const underWay: Promise<void>[] = [seen.keepLooking(signal), memory.keepLooking(node, signal)];
  try {
    await Promise.all(shops.map((shop, index) => shop.open(options.image, REPLICAS[index] ?? 0, signal)));
    const working = [injectFaults(), tell(run, { shops, faults, endAt, isOver })];
    working.push(...shops.map((shop) => shop.keepChanging(isOver, signal)));
    underWay.push(...working);
    await Promise.all(working);
    run.say('the faults are over: all must settle');
    await allWell(node);
    await settle(shops, signal);
    const isLogWhole = !faults.has(FAULTS.apiServerKilled.title) && !faults.has(FAULTS.etcdFrozen.title);
    const findings = await judge({ shops, memory, client, node, user: OPERATOR_USER, isLogWhole }, signal);
    return { findings, faults, changes: shops.reduce((sum, { changes }) => sum + changes, 0), took: took(shops) };
  } finally {
    stop.abort();
    // A fault that lasts is taken back before anything else is done.
    await Promise.allSettled(underWay);
    client.close();
  }

  async function injectFaults(): Promise<void> {
    const draw = random(options.seed, REPLICAS.length);
    while (!isOver()) {
      await pause(draw.between(5000, 30_000), undefined, { signal });
      const fault: Fault = draw.one(Object.values(FAULTS));
      const ms = draw.between(2000, 20_000);
      if (isOver()) return;
      run.log.write(`== fault: ${fault.title} for ${ms} ms`);
      faults.set(fault.title, (faults.get(fault.title) ?? 0) + 1);
      await fault.inject(node, ms);
      await allWell(node);
    }
  }
}

type Telling = {
  readonly shops: readonly Shop[];
  readonly faults: ReadonlyMap<string, number>;
  readonly endAt: number;
  readonly isOver: () => boolean;
};

async function tell(run: Run, { shops, faults, endAt, isOver }: Telling): Promise<void> {
  while (!isOver()) {
    const left = Math.ceil((endAt - performance.now()) / 60_000);
    const changes = shops.reduce((sum, shop) => sum + shop.changes, 0);
    const settled = shops.filter(({ isSettled }) => isSettled).length;
    const injected = [...faults.values()].reduce((sum, count) => sum + count, 0);
    run.say(`${left} min left: ${changes} changes, ${injected} faults, ${settled} of ${shops.length} profiles settled`);
    await pause(SAY_MS, undefined, { signal: run.signal });
  }
}

/** One that does not settle in time is left to the judge. */
async function settle(shops: readonly Shop[], signal: AbortSignal): Promise<void> {
  const endAt = performance.now() + SETTLE_MS;
  while (!shops.every(({ isSettled }) => isSettled) && performance.now() < endAt) {
    await pause(500, undefined, { signal });
  }
}

function took(shops: readonly Shop[]): SoakResult['took'] {
  const all = shops.flatMap((shop) => shop.took).toSorted((a, b) => a - b);
  return { median: all[all.length >> 1] ?? 0, longest: all.at(-1) ?? 0 };
}
