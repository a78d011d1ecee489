/**
 * Reads a probe Job and its pod. A verdict is hostile input until there is exactly one pod, made as it would be rendered,
 * and Job, pod and text agree.
 */
import type { ProbeStatus } from '../../api/v1alpha1.ts';
import {
  EXIT_CODES,
  isProvisional,
  isRefusal,
  isUnanswered,
  isVerdictMissing,
  MOST_UNANSWERED,
  VERDICT_MAX_BYTES,
  type Verdict,
  verdictSchema,
} from '../../contract/verdict.ts';
import type { ObservedProbe, ObservedProbePod } from '../model/observed.ts';
import { startBlocker } from './pod-waiting.ts';

/** Reason of a Job whose pod failure policy ended it. */
const TAKEN_AWAY = 'PodFailurePolicy';

/** Ended by a signal that leaves no time: SIGKILL, mostly. */
const isKill = (exitCode: number) => exitCode > 128;

/** Nothing to do: the next probe may succeed. */
const NOTHING = '';

const NO_MORE =
  'Each of three such ends in a row may have been a failed logon: find out why (kubectl describe pod, and its log), then request a probe (dbpool.dev/probe-requested-at).';

const KEEP_OUT =
  'Usually an admission webhook changes the pod: exclude the pod from it by a label (probe.podLabels), or set probe.policy to Advisory.';

/** The verdict of a Job that has ended. Where its pod is gone, the one that the status kept of the same Job. */
export function readVerdict(probe: ObservedProbe, before: ProbeStatus | undefined): Verdict {
  const pods = podsOf(probe);
  const said = verdictsIn(pods);
  if (pods.some(hasEnded) && said.length === 0) return verdictMissing(probe, pods);
  const doubt = reasonToDistrust(probe, pods);
  if (doubt !== undefined) {
    // The fingerprint says that there was a word, and of which credentials.
    const fingerprint = said.find(({ verdict }) => verdict.fingerprint !== undefined)?.verdict.fingerprint;
    return { ...inconclusive('VerdictUntrusted', ...doubt), ...(fingerprint !== undefined && { fingerprint }) };
  }
  const [word] = said;
  if (word !== undefined) return word.verdict;
  if (before?.job === probe.job && agrees(probe, before.outcome)) return { ...before, version: 1 };
  return noVerdict(probe, pods[0]);
}

/** What a pod says of its credentials, and when it said it. */
export type LogonReport = {
  readonly verdict: Verdict;
  readonly at: number;
  /** What is not believed is a refusal or a logon without an answer: it can keep credentials back, never let them go. */
  readonly isBelieved: boolean;
};

/**
 * What the pods of a Job say of their credentials: as soon as they have, since another container may keep the Job from
 * ending for long.
 */
export function logonReports(probe: ObservedProbe): readonly LogonReport[] {
  const pods = podsOf(probe);
  const isBelieved = reasonToDistrust(probe, pods) === undefined;
  return verdictsIn(pods)
    .filter(({ verdict }) => isBelieved || isRefusal(verdict) || isUnanswered(verdict))
    .map((word) => ({ ...word, isBelieved }));
}

/** Whether the row of ends without a word is so long that another logon has to be asked for. */
export const retriesExhausted = (
  { attemptsWithoutVerdict }: Pick<ObservedProbe, 'attemptsWithoutVerdict'>,
  verdict: Pick<Verdict, 'reason'>,
): boolean => isVerdictMissing(verdict) && attemptsWithoutVerdict + 1 >= MOST_UNANSWERED;

/** Ends without a word in a row, this one included. Only a word ends the row: a pod that never ran says nothing about it. */
export function nextWithoutVerdict({ attemptsWithoutVerdict }: ObservedProbe, verdict: Verdict): number {
  if (isVerdictMissing(verdict)) return attemptsWithoutVerdict + 1;
  return verdict.fingerprint === undefined ? attemptsWithoutVerdict : 0;
}

type EndedPod = ObservedProbePod & { readonly terminated: NonNullable<ObservedProbePod['terminated']> };

const hasEnded = (pod: ObservedProbePod): pod is EndedPod => pod.terminated !== undefined;

const podsOf = ({ pods, uid }: ObservedProbe) => pods.filter(({ ownerUid }) => ownerUid === uid);

/** What can be read, whether it is to be believed or not. */
function verdictsIn(pods: readonly ObservedProbePod[]) {
  return pods.filter(hasEnded).flatMap(({ name, terminated: { exitCode, message, at } }) => {
    const verdict = parse(message);
    if (verdict === undefined) return [];
    const isKilled = isProvisional(verdict) && isKill(exitCode);
    const end = isKilled ? ` Pod ${name} ended with exit code ${exitCode}.` : '';
    return [{ verdict: { ...verdict, message: `${verdict.message}${end}` }, at }];
  });
}

/** Why the word of these pods is not believed, and what to do; undefined where nothing speaks against it. */
function reasonToDistrust(
  probe: ObservedProbe,
  pods: readonly ObservedProbePod[],
): readonly [string, string] | undefined {
  const [pod] = pods;
  if (pod === undefined) return undefined;
  if (pods.length > 1) return [`Job ${probe.job} has ${pods.length} pods where there must be one.`, NOTHING];
  const changes = changesOf(probe, pod);
  if (changes !== undefined)
    return [`Pod ${pod.name} is not as the operator would have made it: ${changes} differs.`, KEEP_OUT];
  const [word] = verdictsIn(pods);
  return word && hasEnded(pod) ? disagreement(probe, pod, word.verdict) : undefined;
}

/** Where text, exit code and Job do not say the same. */
function disagreement(
  probe: ObservedProbe,
  { name, terminated: { exitCode } }: EndedPod,
  verdict: Verdict,
): readonly [string, string] | undefined {
  const { outcome } = verdict;
  if (isProvisional(verdict) && isKill(exitCode)) return undefined;
  if (EXIT_CODES[outcome] === exitCode && agrees(probe, outcome)) return undefined;
  const end = probe.end?.succeeded === true ? 'succeeded' : 'failed';
  return [`Pod ${name} says ${outcome}, but its exit code is ${exitCode} and its Job ${end}.`, NOTHING];
}

/** The fields in which a pod is another than the operator asked for; undefined where it is as it was asked for. */
function changesOf(
  probe: ObservedProbe,
  { digest, hostAliasesDigest, fieldDigests }: ObservedProbePod,
): string | undefined {
  if (digest === probe.probeHash && hostAliasesDigest === probe.hostAliasesDigest) return undefined;
  const changed = Object.keys({ ...probe.fieldDigests, ...fieldDigests }).filter(
    (name) => fieldDigests[name] !== probe.fieldDigests[name],
  );
  const fields = [...changed, ...(hostAliasesDigest === probe.hostAliasesDigest ? [] : ['hostAliases'])];
  return fields.length === 0 ? "its Job's template" : fields.join(', ');
}

function verdictMissing(probe: ObservedProbe, pods: readonly ObservedProbePod[]): Verdict {
  const ends = pods.filter(hasEnded).map(({ name, terminated }) => `${name} with exit code ${terminated.exitCode}`);
  const [doubt = '', remediation] = reasonToDistrust(probe, pods) ?? [];
  const message = `Pod ${ends.join(', ')} ended and left no verdict in its termination message. ${doubt}`.trimEnd();
  const isLast = retriesExhausted(probe, { reason: 'VerdictMissing' });
  return inconclusive('VerdictMissing', message, isLast ? NO_MORE : (remediation ?? NOTHING));
}

function noVerdict(probe: ObservedProbe, pod: ObservedProbePod | undefined): Verdict {
  if (probe.end?.reason === TAKEN_AWAY) {
    const message = `The pod of Job ${probe.job} was taken away (preemption, eviction or drain).`;
    return inconclusive('ProbeDisrupted', message);
  }
  // Its deadline says less than what it waited for.
  const waited = pod?.waiting && startBlocker(probe, probe.end?.at ?? 0);
  if (waited !== undefined) return inconclusive(waited.reason, waited.message);
  const { reason, message } = pod?.failure ?? probe.end ?? { reason: 'unknown', message: '' };
  return inconclusive('ProbeDidNotRun', `Job ${probe.job} ended without a verdict: ${reason} ${message}`.trimEnd());
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

function inconclusive(reason: string, message: string, remediation = NOTHING): Verdict {
  return { version: 1, outcome: 'Inconclusive', reason, stage: 'start', message: message.slice(0, 700), remediation };
}
