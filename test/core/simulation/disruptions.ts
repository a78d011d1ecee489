/**
 * What real clusters do to a backend for other reasons than its pool settings: pods that are restarted or evicted, tools that
 * write the whole object back, labels that are lost.
 */
import type { Backend } from './backend.ts';
import { crashing, ofBackend, type Pod } from './pods.ts';
import type { World } from './world.ts';

/** How a container ends: by itself, for lack of memory, or with its node, which is no crash. */
export const ENDS = {
  error: { exitCode: 1, reason: 'Error' },
  killed: { exitCode: 137, reason: 'OOMKilled' },
  rebooted: undefined,
} as const;

const crashAt = (end: (typeof ENDS)[keyof typeof ENDS], at: number) => end && { ...end, at };

/** Each pod's container ends and is started again, some times in a row; the pods are ready again at once. */
export function restartPods(backend: Backend, end: keyof typeof ENDS, times: number, now: number): void {
  const restarted = (one: Pod): Pod => ({
    ...one,
    containers: ofBackend(one, ({ restarts, startedAt }) => ({
      restarts: restarts + times,
      startedAt: now,
      lastRunMs: times > 1 || end === 'rebooted' ? undefined : now - (startedAt ?? now),
      crash: crashAt(ENDS[end], now),
      wasInterrupted: end === 'rebooted' ? true : undefined,
    })),
  });
  const { live } = backend;
  backend.pods = backend.pods.map((one) => (live.includes(one) && one.isReady ? restarted(one) : one));
}

/** A pod exits with an error and is started again. */
export function crashOnce(backend: Backend, now: number): void {
  const [first] = backend.live;
  if (first === undefined) return;
  const crash = { exitCode: 1, reason: 'Error', at: now };
  const containers = ofBackend(first, ({ restarts, startedAt }) => ({
    restarts: restarts + 1,
    startedAt: now,
    lastRunMs: now - (startedAt ?? now),
    crash,
    wasInterrupted: undefined,
  }));
  backend.pods = backend.pods.map((one) => (one === first ? { ...first, containers } : one));
}

/** A release that crashes, whatever its settings: all pods are in a loop, and so is each new one, until the backend recovers. */
export function crashAll(backend: Backend, now: number): void {
  const { live } = backend;
  backend.crashAbove = -1;
  backend.pods = backend.pods.map((one) => (live.includes(one) ? crashing(one, now) : one));
}

/** Reasons with which a pod of the phase Failed is left behind. */
export const EVICTIONS = ['Evicted', 'Preempting', 'NodeShutdown'] as const;

/** A node needs its memory, or shuts down: one pod ends, keeps no session, and its object stays. */
export function failPod(backend: Backend, reason: (typeof EVICTIONS)[number], now: number): void {
  const [first] = backend.live;
  if (first === undefined) return;
  const crash = { exitCode: 137, reason: 'Error', at: now };
  const containers = first.containers.map((one) => ({ ...one, isReady: false, startedAt: undefined, crash }));
  const failed: Pod = {
    ...first,
    isReady: false,
    readyChangedAt: now,
    max: 0,
    failedAs: reason,
    hasEnded: true,
    containers,
  };
  backend.pods = backend.pods.map((one) => (one === first ? failed : one));
}

const NO_LABELS = { profile: undefined, config: undefined };

/** Without what the operator has set: the manifest never had it. */
const asInTheManifest = ({ template }: Backend) => template.containers.map((one) => ({ ...one, env: [] }));

/** `kubectl replace`, or a controller that writes the whole object, maybe with a new release: nothing of the operator is left in it. */
export function replace(backend: Backend, release?: string): void {
  const { foreignTemplateHash } = backend.template;
  backend.write({
    labels: NO_LABELS,
    containers: asInTheManifest(backend),
    adoptedEnv: undefined,
    foreignTemplateHash: release ?? foreignTemplateHash,
  });
  backend.lastApplied = undefined;
  backend.own([]);
}

/** `kubectl replace --force`, `helm upgrade --force`: the Deployment is deleted and made anew, with another uid, maybe with a new release. */
export function replaceByForce(world: World, backend: Backend, release?: string): void {
  const containers = asInTheManifest(backend);
  world.deleteBackend(backend);
  backend.create(containers);
  if (release !== undefined) backend.write({ foreignTemplateHash: release });
}

/** Somebody takes labels of the operator off the template, and leaves the variables. */
export function dropLabels(backend: Backend, which: 'profile' | 'config' | 'both'): void {
  const { labels } = backend.template;
  const dropped = which === 'both' ? NO_LABELS : { ...labels, [which]: undefined };
  backend.write({ labels: dropped });
}

/** Another process leads from now on, or this one after a restart, with a clock that is ahead of that of the API server, or behind it. */
export function takeOver(world: World, aheadMs: number): void {
  world.leader = { aheadMs, since: world.now + aheadMs };
}
