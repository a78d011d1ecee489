/**
 * The verdict of a probe Job, from its pod. A verdict is trusted only where the Job has exactly one pod, the pod is as the
 * operator asked for it, and the verdict agrees with its exit code and with the end of the Job.
 */
import type { ProbeStatus, ReasonOf } from '../../api/v1alpha1.ts';
import { isLogonRejected, isLogonUnanswered, MAX_UNANSWERED } from '../../contract/logon-results.ts';
import {
  EXIT_CODES,
  isProvisional,
  isVerdictMissing,
  VERDICT_MAX_BYTES,
  type Verdict,
  verdictSchema,
} from '../../contract/verdict.ts';
import type { ObservedProbe, ObservedProbePod } from '../model/observed.ts';
import { startBlocker } from './pod-waiting.ts';

/** Reason of a Job that its podFailurePolicy has failed: its pod was preempted, evicted or drained. */
const POD_FAILURE_POLICY = 'PodFailurePolicy';

/** Whether a signal ended the process, mostly SIGKILL: it had no time to replace its provisional verdict. */
const isKill = (exitCode: number) => exitCode > 128;

/** Of a verdict that asks nothing of a person: the next probe may succeed. */
const NO_REMEDIATION = '';

const FIND_CAUSE =
  'Each of three such ends in a row may have been a failed logon: find out why (kubectl describe pod, and its log), then request a probe (dbpool.dev/probe-requested-at).';

const EXCLUDE_POD =
  'Usually an admission webhook changes the pod: exclude the pod from it by a label (spec.probe.podLabels), or set spec.probe.policy to Advisory.';

/** The verdict of a finished Job. Where its pod is gone, the verdict in the status (`before`), if that is of the same Job. */
export function readVerdict(probe: ObservedProbe, before: ProbeStatus | undefined): Verdict {
  const pods = podsOf(probe);
  const found = verdictsIn(pods);
  if (pods.some(hasEnded) && found.length === 0) return verdictMissing(probe, pods);
  const distrust = reasonToDistrust(probe, pods);
  if (distrust !== undefined) {
    // The fingerprint is kept: it shows that the probe ended with a verdict, and with which credentials.
    const fingerprint = found.find(({ verdict }) => verdict.fingerprint !== undefined)?.verdict.fingerprint;
    return { ...inconclusive('VerdictUntrusted', ...distrust), ...(fingerprint !== undefined && { fingerprint }) };
  }
  const [first] = found;
  if (first !== undefined) return first.verdict;
  if (before?.job === probe.job && agrees(probe, before.outcome)) return { ...before, version: 1 };
  return noVerdict(probe, pods[0]);
}

/** A verdict as a report about the credentials. */
export type LogonReport = {
  readonly verdict: Verdict;
  /** When the probe ended, in milliseconds since the epoch. */
  readonly at: number;
  /** An untrusted report is of a rejected or unanswered logon: it can keep credentials from being sent, never release them. */
  readonly isTrusted: boolean;
};

/** Reports from the pods of a Job that may not have ended: a sidecar may keep the pod running long after its probe. */
export function logonReports(probe: ObservedProbe): readonly LogonReport[] {
  const pods = podsOf(probe);
  const isTrusted = reasonToDistrust(probe, pods) === undefined;
  return verdictsIn(pods)
    .filter(({ verdict }) => isTrusted || isLogonRejected(verdict) || isLogonUnanswered(verdict))
    .map((found) => ({ ...found, isTrusted }));
}

/** Whether so many attempts in a row ended without a verdict that the operator starts no other by itself. */
export const retriesExhausted = (
  { attemptsWithoutVerdict }: Pick<ObservedProbe, 'attemptsWithoutVerdict'>,
  verdict: Pick<Verdict, 'reason'>,
): boolean => isVerdictMissing(verdict) && attemptsWithoutVerdict + 1 >= MAX_UNANSWERED;

/**
 * Attempts in a row that ended without a verdict, this one included. Only a verdict with a fingerprint resets the count: a probe
 * that never ran leaves it as it was.
 */
export function nextWithoutVerdict({ attemptsWithoutVerdict }: ObservedProbe, verdict: Verdict): number {
  if (isVerdictMissing(verdict)) return attemptsWithoutVerdict + 1;
  return verdict.fingerprint === undefined ? attemptsWithoutVerdict : 0;
}

type EndedPod = ObservedProbePod & { readonly terminated: NonNullable<ObservedProbePod['terminated']> };

const hasEnded = (pod: ObservedProbePod): pod is EndedPod => pod.terminated !== undefined;

const podsOf = ({ pods, uid }: ObservedProbe) => pods.filter(({ ownerUid }) => ownerUid === uid);

/** The verdicts that can be read, trusted or not. */
function verdictsIn(pods: readonly ObservedProbePod[]) {
  return pods.filter(hasEnded).flatMap(({ name, terminated: { exitCode, message, at } }) => {
    const verdict = parse(message);
    if (verdict === undefined) return [];
    const isKilled = isProvisional(verdict) && isKill(exitCode);
    const end = isKilled ? ` Pod ${name} ended with exit code ${exitCode}.` : '';
    return [{ verdict: { ...verdict, message: `${verdict.message}${end}` }, at }];
  });
}

/** Why the verdict of these pods is not trusted, and the remediation; undefined where it is trusted. */
function reasonToDistrust(
  probe: ObservedProbe,
  pods: readonly ObservedProbePod[],
): readonly [string, string] | undefined {
  const [pod] = pods;
  if (pod === undefined) return undefined;
  if (pods.length > 1) return [`Job ${probe.job} has ${pods.length} pods where there must be one.`, NO_REMEDIATION];
  const changes = changesOf(probe, pod);
  if (changes !== undefined)
    return [`Pod ${pod.name} is not as the operator would have made it: ${changes} differs.`, EXCLUDE_POD];
  const [first] = verdictsIn(pods);
  return first && hasEnded(pod) ? disagreement(probe, pod, first.verdict) : undefined;
}

/** How verdict, exit code and Job contradict each other; undefined where they agree. */
function disagreement(
  probe: ObservedProbe,
  { name, terminated: { exitCode } }: EndedPod,
  verdict: Verdict,
): readonly [string, string] | undefined {
  const { outcome } = verdict;
  if (isProvisional(verdict) && isKill(exitCode)) return undefined;
  if (EXIT_CODES[outcome] === exitCode && agrees(probe, outcome)) return undefined;
  const end = probe.end?.succeeded === true ? 'succeeded' : 'failed';
  return [`Pod ${name} says ${outcome}, but its exit code is ${exitCode} and its Job ${end}.`, NO_REMEDIATION];
}

/** The fields in which a pod differs from what the operator asked for; undefined where there are none. */
function changesOf(
  probe: ObservedProbe,
  { digest, hostAliasesDigest, fieldDigests }: ObservedProbePod,
): string | undefined {
  if (digest === probe.podDigest && hostAliasesDigest === probe.hostAliasesDigest) return undefined;
  const changed = Object.keys({ ...probe.fieldDigests, ...fieldDigests }).filter(
    (name) => fieldDigests[name] !== probe.fieldDigests[name],
  );
  const fields = [...changed, ...(hostAliasesDigest === probe.hostAliasesDigest ? [] : ['hostAliases'])];
  return fields.length === 0 ? "its Job's template" : fields.join(', ');
}

function verdictMissing(probe: ObservedProbe, pods: readonly ObservedProbePod[]): Verdict {
  const ends = pods.filter(hasEnded).map(({ name, terminated }) => `${name} with exit code ${terminated.exitCode}`);
  const [distrust = '', remediation] = reasonToDistrust(probe, pods) ?? [];
  const message = `Pod ${ends.join(', ')} ended and left no verdict in its termination message. ${distrust}`.trimEnd();
  const isLast = retriesExhausted(probe, { reason: 'VerdictMissing' });
  return inconclusive('VerdictMissing', message, isLast ? FIND_CAUSE : (remediation ?? NO_REMEDIATION));
}

function noVerdict(probe: ObservedProbe, pod: ObservedProbePod | undefined): Verdict {
  if (probe.end?.reason === POD_FAILURE_POLICY) {
    const message = `The pod of Job ${probe.job} was preempted, evicted or drained.`;
    return inconclusive('ProbeDisrupted', message);
  }
  // Why the pod could not start says more than that its deadline has passed.
  const waited = pod?.waiting && startBlocker(probe, probe.end?.at ?? 0);
  if (waited !== undefined) return inconclusive(waited.reason, waited.message);
  const { reason, message } = pod?.failure ?? probe.end ?? { reason: 'unknown', message: '' };
  return inconclusive('ProbeDidNotRun', `Job ${probe.job} ended without a verdict: ${reason} ${message}`.trimEnd());
}

/** Whether the end of the Job agrees with an outcome. A Job that has not ended yet agrees with any. */
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

function inconclusive(reason: ReasonOf<'ProbeSucceeded'>, message: string, remediation = NO_REMEDIATION): Verdict {
  return { version: 1, outcome: 'Inconclusive', reason, stage: 'start', message: message.slice(0, 700), remediation };
}
