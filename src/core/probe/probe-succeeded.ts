/**
 * Step: a probe has proven the configuration of the spec. What its probes have found, and whether another one is due:
 *
 *   no Job, no proof           ──► attempt 1, once there is a slot
 *   Job that has not ended     ──► wait (and report what its pod waits for)
 *   ended, Succeeded           ──► done; the proof is recorded on the ConfigMap, and renewed after an interval
 *   ended, anything else       ──► another attempt after a growing pause; it does not send rejected credentials
 *   request (annotation)       ──► another attempt at once, which sends rejected credentials, too
 *
 * A proof is valid until a later probe fails. An Inconclusive verdict does not invalidate it, unless it is stale.
 */
import { type ProbeStatus, type ProfileSpec, type ReasonOf, reportedReason } from '../../api/v1alpha1.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { isOver, toRfc3339 } from '../model/time.ts';
import type { ConfigState, StateOf } from '../model/config-state.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { deleteProbe, withRetention } from './job-retention.ts';
import {
  type FinishedJob,
  gatherEvidence,
  jobStillRead,
  type ProbeEvidence,
  renewalOf,
  unrecordedProof,
  validProof,
} from './evidence.ts';
import { forcedAttemptIsDue, requestIsClaimed } from './requests.ts';
import { doubtsCredentials, lacksSessions, wasProven } from './former-proof.ts';
import { failureMessage } from './failure-message.ts';
import { backoffMs, nextAttemptAt } from './retry.ts';
import { ownProbes, waitFrom } from './own-jobs.ts';
import { tryStart } from './start.ts';
import { createdSince, timedOutBeforeStart, isBackingOff, type Waiting, waitingReason } from './pod-waiting.ts';
import { nextAttempt } from '../model/attempt.ts';
import type { Action } from '../model/action.ts';
import { done, type ConditionDraft, type StepResult } from '../model/decision.ts';
import { retriesExhausted, nextWithoutVerdict } from './read-verdict.ts';

/** A Job without a pod is checked for the first time after this many milliseconds. Pauses then grow with the age of the Job. */
const FIRST_POD_CHECK_MS = 3000;
const MAX_POD_CHECK_MS = 300_000;

/** Milliseconds between two checks of a Job with a pod. */
const POD_CHECK_MS = 15_000;

/** What the probes of the spec's configuration mean for its rollout and for the status. */
export type ProbeAssessment = {
  readonly result: StepResult;
  /** Whether the policy holds the rollout of the configuration for now. */
  readonly holdsRollout: boolean;
  /** Whether this pass records a proof. The record is written before the rollout starts. */
  readonly recordsProof: boolean;
  /** Whether the database has no session left for credentials that opened a pool by the same connection inputs before. */
  readonly lacksSessions: boolean;
  /** Whether the configuration was proven, and no probe has rejected its credentials, missed its Secret or used others since. */
  readonly wasProven: boolean;
  /** Whether the policy holds rollouts, and a probe has rejected the credentials, missed its Secret or used others that are not proven. */
  readonly doubtsCredentials: boolean;
  /** The next `status.probe`. */
  readonly status: ProbeStatus | undefined;
  /** What the probe of `status` counted; undefined where it counted nothing, or its pod is gone. */
  readonly sessionCount: Verdict['sessionCount'];
};

type Reads = {
  readonly probe: ProbeAssessment;
  readonly template: { readonly configMap: { readonly state: ConfigState } | undefined };
  readonly withoutProof: 'freesSessions' | 'repairsDrift' | undefined;
};

/** Reports the probe and never blocks: later steps monitor a running backend, and a gate holds the rollout. */
export function probeSucceeded({ probe: { result, holdsRollout }, template, withoutProof }: Reads): StepResult {
  const { freesSessions: isFreeing, completedAt } = template.configMap?.state.rollout ?? {};
  const freesSessions = withoutProof === 'freesSessions' || (isFreeing === true && completedAt === undefined);
  if (!holdsRollout || !freesSessions || result.condition === undefined) return result;
  const message = `${result.condition.message} The rollout needs no proof, because it frees sessions: max is lower than before, and the credentials were proven before.`;
  return { ...result, condition: { ...result.condition, message } };
}

export function assessProbe(observed: Observed, spec: ProfileSpec, config: PoolConfig): ProbeAssessment {
  if (spec.probe.policy === 'Disabled') {
    const message = 'spec.probe.policy is Disabled: the pool settings are rolled out without a probe';
    const mine = ownProbes(observed);
    const result = withRetention(done(probeCondition('Unknown', 'ProbeDisabled', message)), { observed, mine });
    return { result, ...HOLDS_NOTHING, status: undefined, sessionCount: undefined };
  }
  const evidence = gatherEvidence(observed, spec, config);
  const { mine, attempts } = evidence;
  const result = withRetention(resultOf(evidence), { observed, mine, needed: jobStillRead(evidence), attempts });
  const configChanges = unrecordedProof(evidence);
  const isRequired = spec.probe.policy === 'Required';
  return {
    // With policy Advisory, the condition is the same, and holds nothing.
    result: { ...result, configChanges, blocks: false, progress: isRequired ? result.progress : 'Done' },
    holdsRollout: isRequired && result.blocks,
    recordsProof: configChanges.length > 0,
    lacksSessions: lacksSessions(evidence),
    wasProven: wasProven(evidence),
    doubtsCredentials: isRequired && result.blocks && doubtsCredentials(evidence),
    status: statusOf(evidence),
    sessionCount: evidence.verdict?.sessionCount,
  };
}

const HOLDS_NOTHING = {
  holdsRollout: false,
  recordsProof: false,
  lacksSessions: false,
  wasProven: false,
  doubtsCredentials: false,
};

const probeCondition = (
  status: ConditionDraft['status'],
  reason: ReasonOf<'ProbeSucceeded'>,
  message: string,
): ConditionDraft<'ProbeSucceeded'> => ({ type: 'ProbeSucceeded', status, reason, message });

/** `blocks`: there is no valid proof. */
function resultOf(evidence: ProbeEvidence): StepResult {
  const { observed, last, ended, proof, verdict } = evidence;
  if (last !== undefined && last.end === undefined) return runningStep(evidence, last);
  if (!requestIsClaimed(observed)) return startAttempt(evidence, 0);
  if (ended === undefined && proof === undefined) return startAttempt(evidence, 0);
  if (verdict === undefined || verdict.outcome === 'Succeeded') return provenStep(evidence);
  return failedStep(evidence, verdict);
}

function provenCondition({ verdict }: ProbeEvidence, { at }: StateOf<'proof'>): ConditionDraft<'ProbeSucceeded'> {
  if (verdict?.outcome === 'Succeeded') return probeCondition('True', reportedReason(verdict.reason), verdict.message);
  return probeCondition('True', 'PoolOpened', `The pool was opened with these settings at ${toRfc3339(at)}.`);
}

function provenStep(evidence: ProbeEvidence): StepResult {
  const { observed, proof } = evidence;
  if (proof === undefined) return startAttempt(evidence, 0);
  const at = renewalOf(evidence, proof);
  const step = done(provenCondition(evidence, proof));
  if (at === undefined) return step;
  return observed.now >= at ? startAttempt(evidence, 0) : { ...step, requeueAfterMs: at - observed.now };
}

function failedStep(evidence: ProbeEvidence, verdict: Verdict): StepResult {
  const { observed, ended } = evidence;
  const at = ended && retryAt(evidence, ended, verdict);
  if (
    ended !== undefined &&
    at !== undefined &&
    isOver({ since: waitFrom(ended.end, 0).since, until: at }, observed.now)
  )
    return startAttempt(evidence, timedOutBeforeStart(ended) ? ended.failures : ended.failures + 1);
  const proof = validProof(evidence);
  const step: StepResult =
    proof === undefined
      ? {
          condition: failedCondition(evidence, verdict),
          progress: at === undefined ? 'Stalled' : progressOf(verdict),
          blocks: true,
          actions: [],
        }
      : done(provenCondition(evidence, proof));
  return at === undefined ? step : { ...step, requeueAfterMs: at - observed.now };
}

/** When the operator retries by itself; undefined for never. A probe that never started is retried at once. */
function retryAt({ observed }: ProbeEvidence, ended: FinishedJob, verdict: Verdict): number | undefined {
  const { since: endedAt } = waitFrom(ended.end, 0);
  if (timedOutBeforeStart(ended)) return endedAt;
  if (retriesExhausted(ended, verdict)) return undefined;
  const seed = `${observed.profile.uid}/${ended.job}`;
  return nextAttemptAt(verdict, { endedAt, failures: ended.failures + 1, seed });
}

const progressOf = ({ outcome }: Verdict) => (outcome === 'PermanentFailure' ? 'Stalled' : 'Progressing');

function failedCondition(evidence: ProbeEvidence, verdict: Verdict): ConditionDraft<'ProbeSucceeded'> {
  const { ended, spec } = evidence;
  const isRetried = ended !== undefined && retryAt(evidence, ended, verdict) !== undefined;
  const status = verdict.outcome === 'Inconclusive' ? 'Unknown' : 'False';
  return probeCondition(status, reportedReason(verdict.reason), failureMessage(verdict, spec.database, isRetried));
}

/** Starts another attempt, or waits for a slot. Until it has ended, the condition reports the evidence before it. */
function startAttempt(evidence: ProbeEvidence, failures: number, before = { isForced: false }): StepResult {
  const { observed, proofKey, podDigest, mine, recordedProof, ended, verdict } = evidence;
  const isForced = before.isForced || forcedAttemptIsDue(observed);
  // Above that of the proof, whose Job may be gone. What a Job says that is not the profile's counts for nothing.
  const numbers = mine.filter((one) => one.proofKey === proofKey).map((one) => one.attempt);
  const number = nextAttempt([recordedProof?.attempt ?? 0, ...numbers]);
  const attemptsWithoutVerdict = ended && verdict ? nextWithoutVerdict(ended, verdict) : 0;
  const attempt = { proofKey, podDigest, number, failures, attemptsWithoutVerdict, isForced };
  const start = tryStart(evidence, attempt);
  const message = `The probe Job is being started (attempt ${attempt.number})`;
  switch (start.kind) {
    case 'go':
      return keepPrevious(evidence, probeCondition('Unknown', 'Probing', message), start.actions);
    case 'wait':
      return {
        ...keepPrevious(evidence, probeCondition('Unknown', 'ProbeQueued', queuedMessage(evidence.spec))),
        waitingFor: 'ProbeSlot',
        ...(start.requeueAfterMs !== undefined && { requeueAfterMs: start.requeueAfterMs }),
      };
    case 'refuse':
      return {
        condition: probeCondition('Unknown', start.reason, start.message),
        progress: 'Stalled',
        blocks: true,
        actions: [],
        requeueAfterMs: start.requeueAfterMs,
      };
  }
}

function queuedMessage({ database }: ProfileSpec): string {
  const other = database && `, or for another probe with Secret ${database.credentialsSecretRef.name} to finish`;
  return `Waiting for a free probe slot${other ?? ''}; the probe of this profile then starts by itself.`;
}

function runningStep(evidence: ProbeEvidence, probe: ObservedProbe): StepResult {
  const { now } = evidence.observed;
  const step = waitingStep(evidence, waitingReason(probe, now), probe);
  const replacement = isBackingOff(probe) ? replacementOf(evidence, probe) : undefined;
  if (replacement === undefined) return { ...step, requeueAfterMs: podCheckMs(probe, now) };
  if (!isOver({ since: createdSince(probe), until: replacement.at }, now))
    return { ...step, requeueAfterMs: Math.min(replacement.at - now, podCheckMs(probe, now)) };
  const next = startAttempt(evidence, replacement.failures, probe);
  return {
    ...step,
    actions: next.actions.length === 0 ? [] : [deleteProbe(evidence.observed.profile, probe), ...next.actions],
    ...(next.waitingFor !== undefined && { waitingFor: next.waitingFor }),
    requeueAfterMs: next.requeueAfterMs ?? POD_CHECK_MS,
  };
}

/** A Job with a pod may still be stopped from ending by another container, which only time tells. */
const podCheckMs = (probe: ObservedProbe, now: number): number =>
  probe.pods.length > 0
    ? POD_CHECK_MS
    : Math.max(FIRST_POD_CHECK_MS, Math.min(MAX_POD_CHECK_MS, now - createdSince(probe)));

/**
 * When a Job whose pod cannot start is replaced, and the failures in a row of the next one: at once on a user's request, or by another
 * version of the operator, whose image may exist; else after the pause of any other failure.
 */
function replacementOf(
  { observed, podDigest }: ProbeEvidence,
  probe: ObservedProbe,
): { readonly at: number; readonly failures: number } {
  if (probe.podDigest !== podDigest || !requestIsClaimed(observed)) return { at: observed.now, failures: 0 };
  const failures = probe.failures + 1;
  return { at: createdSince(probe) + backoffMs(failures, `${observed.profile.uid}/${probe.job}`), failures };
}

function waitingStep(evidence: ProbeEvidence, waiting: Waiting | undefined, probe: ObservedProbe): StepResult {
  const proof = validProof(evidence);
  if (waiting === undefined || proof !== undefined)
    return keepPrevious(evidence, probeCondition('Unknown', 'Probing', `Job ${probe.job} is opening the pool`));
  const condition = probeCondition('Unknown', waiting.reason, waiting.message);
  return { condition, progress: 'Stalled', blocks: true, actions: [] };
}

/** While a probe runs: a valid proof or an earlier failure is still reported; without either, `condition` is. */
function keepPrevious(
  evidence: ProbeEvidence,
  condition: ConditionDraft<'ProbeSucceeded'>,
  actions: readonly Action[] = [],
): StepResult {
  const proof = validProof(evidence);
  if (proof !== undefined) return { ...done(provenCondition(evidence, proof)), actions };
  const { verdict } = evidence;
  if (verdict === undefined || verdict.outcome === 'Succeeded')
    return { condition, progress: 'Progressing', blocks: true, actions };
  return { condition: failedCondition(evidence, verdict), progress: progressOf(verdict), blocks: true, actions };
}

/** The next `status.probe`: the one before until an attempt has ended. */
function statusOf(evidence: ProbeEvidence): ProbeStatus | undefined {
  const { observed, ended, verdict, last } = evidence;
  if (ended === undefined || verdict === undefined) return observed.profile.status.probe;
  const { version: _version, sessionCount: _count, ...reported } = verdict;
  const at = verdict.outcome === 'Succeeded' || last !== ended ? undefined : retryAt(evidence, ended, verdict);
  return {
    ...reported,
    job: ended.job,
    proofKey: ended.proofKey,
    attempt: ended.attempt,
    finishedAt: toRfc3339(ended.end.at),
    ...(at !== undefined && at > observed.now && { nextAttemptAt: toRfc3339(at) }),
  };
}
