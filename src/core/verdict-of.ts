/**
 * Reads a probe Job and its pod. A verdict is hostile input until there is exactly one pod, made as it would be rendered,
 * and Job, pod and text agree.
 */
import type { ProbeStatus } from '../profile.ts';
import { EXIT_CODES, VERDICT_MAX_BYTES, type Verdict, verdictSchema } from '../verdict.ts';
import type { ObservedProbe, ObservedProbePod } from './observed.ts';
import { cannotStart } from './probe-waits.ts';

/** Reason of a Job whose pod failure policy ended it. */
const TAKEN_AWAY = 'PodFailurePolicy';

/** Reason of the verdict that stands there while the probe runs. */
const KILLED = 'ProbeKilled';

/** Ended by a signal that leaves no time: SIGKILL, mostly. */
const isKill = (exitCode: number) => exitCode > 128;

/** The verdict of a Job that has ended. Where its pod is gone, the one that the status kept of the same Job. */
export function verdictOf(probe: ObservedProbe, before: ProbeStatus | undefined): Verdict {
  const pods = probe.pods.filter(({ ownerUid }) => ownerUid === probe.uid);
  const [pod] = pods;
  if (pods.length > 1)
    return inconclusive('VerdictAmbiguous', `Job ${probe.job} has ${pods.length} pods where there must be one.`);
  if (pod !== undefined && (pod.essence !== probe.probeHash || pod.hosts !== probe.hosts))
    return inconclusive('VerdictAmbiguous', `Pod ${pod.name} is not as the operator would have made it.`);
  if (pod?.terminated !== undefined) return spoken(probe, pod, pod.terminated);
  if (before?.job === probe.job && agrees(probe, before.outcome)) return { ...before, version: 1 };
  return unspoken(probe, pod);
}

/**
 * What the pod of a Job says, and when it said it: as soon as it has, since another container may keep the Job from
 * ending for long.
 */
export function wordOf(probe: ObservedProbe): { readonly verdict: Verdict; readonly at: number } | undefined {
  const terminated = probe.pods.find(({ ownerUid }) => ownerUid === probe.uid)?.terminated;
  return terminated && { verdict: verdictOf(probe, undefined), at: terminated.at };
}

function unspoken(probe: ObservedProbe, pod: ObservedProbePod | undefined): Verdict {
  if (probe.end?.reason === TAKEN_AWAY) {
    const message = `The pod of Job ${probe.job} was taken away (preemption, eviction or drain).`;
    return inconclusive('ProbeDisrupted', message);
  }
  // Its deadline says less than what it waited for.
  const waited = pod?.waiting && cannotStart(probe, probe.end?.at ?? 0);
  if (waited !== undefined) return inconclusive(waited.reason, waited.message);
  const { reason, message } = pod?.failure ?? probe.end ?? { reason: 'unknown', message: '' };
  return inconclusive('ProbeDidNotRun', `Job ${probe.job} ended without a verdict: ${reason} ${message}`.trimEnd());
}

function spoken(
  probe: ObservedProbe,
  pod: ObservedProbePod,
  { exitCode, message }: { exitCode: number; message: string },
): Verdict {
  const verdict = parse(message);
  if (verdict === undefined) {
    return inconclusive(
      'VerdictMissing',
      `Pod ${pod.name} ended with exit code ${exitCode} and left no verdict in its termination message.`,
    );
  }
  if (verdict.reason === KILLED && isKill(exitCode))
    return { ...verdict, message: `${verdict.message} Pod ${pod.name} ended with exit code ${exitCode}.` };
  if (EXIT_CODES[verdict.outcome] !== exitCode || !agrees(probe, verdict.outcome)) {
    return inconclusive(
      'VerdictAmbiguous',
      `Pod ${pod.name} says ${verdict.outcome}, but its exit code is ${exitCode} and its Job ${probe.end?.succeeded ? 'succeeded' : 'failed'}.`,
    );
  }
  return verdict;
}

/** A Job that has not ended yet does not speak against its pod. */
const agrees = ({ end }: ObservedProbe, outcome: Verdict['outcome']) =>
  end === undefined || (outcome === 'Succeeded') === end.succeeded;

function parse(message: string): Verdict | undefined {
  if (message.length > VERDICT_MAX_BYTES) return undefined;
  try {
    return verdictSchema.safeParse(JSON.parse(message)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function inconclusive(reason: string, message: string): Verdict {
  return {
    version: 1,
    outcome: 'Inconclusive',
    reason,
    stage: 'start',
    message: message.slice(0, 700),
    remedy: 'It is tried again by itself.',
  };
}
