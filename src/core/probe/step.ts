/**
 * What is known of a configuration by its probes, and whether one more is wanted.
 *
 *   nothing known             ──► attempt 1, when it is its turn
 *   Job without an end        ──► waits (and says what its pod waits for)
 *   ended, Succeeded          ──► done; the proof is kept on the ConfigMap and renewed after an interval
 *   ended, anything else      ──► another attempt after a pause that grows; refused credentials are looked at, not sent
 *   a person asks (annotation)──► another attempt at once, in which refused credentials are sent
 *
 * A proof stands until a probe fails. What cannot tell (Inconclusive) takes it away only where it is stale.
 */
import type { ProbeStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { toRfc3339 } from '../model/time.ts';
import type { StateOf } from '../model/config-state.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { deletionOf, withHousekeeping } from './housekeeping.ts';
import {
  type Ended,
  isTryOwed,
  isWordTaken,
  type Known,
  knownOf,
  neededOf,
  proofToKeep,
  standingProof,
} from './evidence.ts';
import { failureMessage } from './failure-message.ts';
import { nextAttemptAt, renewalAt } from './retry.ts';
import { ownProbes } from './own-jobs.ts';
import { startOf } from './start.ts';
import { hasOnlyWaited, isStuck, STUCK_AFTER_MS, type Waiting, waitingReason } from './pod-waiting.ts';
import type { Action } from '../model/action.ts';
import { done, type ConditionDraft, type StepResult } from '../model/decision.ts';
import { isGivenUp, unreadAfter } from './read-verdict.ts';

/** Milliseconds after which it is looked again whether a Job has got its pod, and if not, why: ever longer ones. */
const LOOK_FOR_POD_MS = 3000;
const LOOK_FOR_POD_AT_MOST_MS = 300_000;

export type ProbeReport = { readonly step: StepResult; readonly status: ProbeStatus | undefined };

const probed = (status: ConditionDraft['status'], reason: string, message: string): ConditionDraft => ({
  type: 'ProbeSucceeded',
  status,
  reason,
  message,
});

/** The probe's step, and the Job that is wanted next. */
export function probeHasSucceeded(observed: Observed, spec: ProfileSpec, config: PoolConfig): ProbeReport {
  const mine = ownProbes(observed);
  if (spec.probe.policy === 'Disabled') {
    const message = 'probe.policy is Disabled: the numbers are rolled without a proof';
    const step = done(probed('Unknown', 'ProbeDisabled', message));
    return {
      step: withHousekeeping(step, observed, mine, undefined, undefined),
      status: undefined,
    };
  }
  const known = knownOf(observed, spec, config);
  const step = withHousekeeping(stepOf(known), observed, mine, neededOf(known), known.probeHash);
  return {
    step: { ...withPolicy(spec, step), actions: [...proofToKeep(known), ...step.actions] },
    status: statusOf(known),
  };
}

/** `Advisory` reports the same and holds nothing up. */
function withPolicy(spec: ProfileSpec, step: StepResult): StepResult {
  return spec.probe.policy === 'Advisory' ? { ...step, progress: 'Done', blocks: false } : step;
}

function stepOf(known: Known): StepResult {
  const { observed, last, ended, proof, verdict } = known;
  if (last !== undefined && last.end === undefined) return running(known, last);
  if (!isWordTaken(observed)) return started(known, 0);
  if (ended === undefined && proof === undefined) return started(known, 0);
  if (verdict === undefined || verdict.outcome === 'Succeeded') return proven(known);
  return failing(known, verdict);
}

function provenFinding({ verdict }: Known, { at }: StateOf<'proof'>): ConditionDraft {
  if (verdict?.outcome === 'Succeeded') return probed('True', verdict.reason, verdict.message);
  return probed('True', 'PoolOpened', `The pool was opened with these numbers at ${toRfc3339(at)}.`);
}

function proven(known: Known): StepResult {
  const { observed, spec, proof } = known;
  if (proof === undefined) return started(known, 0);
  const at = renewalAt(proof.at, spec.probe.intervalSeconds, observed.profile.uid);
  const step = done(provenFinding(known, proof));
  if (at === undefined) return step;
  return observed.now >= at ? started(known, 0) : { ...step, requeueAfterMs: at - observed.now };
}

function failing(known: Known, verdict: Verdict): StepResult {
  const { observed, ended } = known;
  const at = ended && againAt(known, ended, verdict);
  if (ended !== undefined && at !== undefined && observed.now >= at)
    return started(known, hasOnlyWaited(ended) ? ended.failures : ended.failures + 1);
  const proof = standingProof(known);
  const step: StepResult =
    proof === undefined
      ? {
          condition: failedCondition(known, verdict),
          progress: at === undefined ? 'Stalled' : progressOf(verdict),
          blocks: true,
          actions: [],
        }
      : done(provenFinding(known, proof));
  return at === undefined ? step : { ...step, requeueAfterMs: at - observed.now };
}

/** When it is tried again by itself; undefined for never. Where nothing was tried there is nothing to spare. */
function againAt({ observed }: Known, ended: Ended, verdict: Verdict): number | undefined {
  if (hasOnlyWaited(ended)) return ended.end.at;
  if (isGivenUp(ended, verdict)) return undefined;
  const seed = `${observed.profile.uid}/${ended.job}`;
  return nextAttemptAt(verdict, { endedAt: ended.end.at, failures: ended.failures + 1, seed });
}

const progressOf = ({ outcome }: Verdict) => (outcome === 'PermanentFailure' ? 'Stalled' : 'Progressing');

function failedCondition(known: Known, verdict: Verdict): ConditionDraft {
  const { ended, spec } = known;
  const isRetried = ended !== undefined && againAt(known, ended, verdict) !== undefined;
  const status = verdict.outcome === 'Inconclusive' ? 'Unknown' : 'False';
  return probed(status, verdict.reason, failureMessage(verdict, spec.database, isRetried));
}

/** Another attempt; what was known before is said until it has ended. */
function started(known: Known, failures: number, before = { isForced: false }): StepResult {
  const { observed, spec, config, probeHash, ended, verdict } = known;
  const isForced = before.isForced || isTryOwed(observed);
  const unread = ended && verdict ? unreadAfter(ended, verdict) : 0;
  const attempt = { probeHash, number: nextAttempt(known), failures, unread, isForced };
  const start = startOf(observed, spec, config, attempt);
  const message = `The probe Job is being started (attempt ${attempt.number})`;
  switch (start.kind) {
    case 'go':
      return meanwhile(known, probed('Unknown', 'Probing', message), start.actions);
    case 'wait':
      return {
        ...meanwhile(
          known,
          probed('Unknown', 'ProbeQueued', 'Waiting for other probes to finish; this probe then starts by itself.'),
        ),
        requeueAfterMs: start.requeueAfterMs,
      };
    case 'refuse':
      return {
        condition: probed('Unknown', start.reason, start.message),
        progress: 'Stalled',
        blocks: true,
        actions: [],
        requeueAfterMs: start.requeueAfterMs,
      };
  }
}

/** Jobs that a former profile of this name left behind have their names still. */
const nextAttempt = ({ observed, probeHash }: Known): number =>
  1 + Math.max(0, ...observed.probes.filter((probe) => probe.probeHash === probeHash).map(({ attempt }) => attempt));

function running(known: Known, probe: ObservedProbe): StepResult {
  const { observed } = known;
  const waiting = waitingReason(probe, observed.now);
  if (isStuck(probe, observed.now)) {
    const next = started(known, probe.failures, probe);
    const actions = next.actions.length === 0 ? [] : [deletionOf(observed.profile, probe), ...next.actions];
    return { ...told(known, waiting, probe), actions, requeueAfterMs: next.requeueAfterMs ?? STUCK_AFTER_MS };
  }
  if (probe.pods.length === 0) {
    const pauseMs = Math.max(LOOK_FOR_POD_MS, Math.min(LOOK_FOR_POD_AT_MOST_MS, observed.now - probe.createdAt));
    return { ...told(known, waiting, probe), requeueAfterMs: pauseMs };
  }
  const untilStuckMs = probe.createdAt + STUCK_AFTER_MS - observed.now;
  return { ...told(known, waiting, probe), requeueAfterMs: untilStuckMs > 0 ? untilStuckMs : STUCK_AFTER_MS };
}

function told(known: Known, waiting: Waiting | undefined, probe: ObservedProbe): StepResult {
  const proof = standingProof(known);
  if (waiting === undefined || proof !== undefined)
    return meanwhile(known, probed('Unknown', 'Probing', `Job ${probe.job} opens the pool`));
  const condition = probed('Unknown', waiting.reason, waiting.message);
  return { condition, progress: 'Stalled', blocks: true, actions: [] };
}

/** While a probe is under way: what is proven stays so, what failed stays failed, else it is as the condition says. */
function meanwhile(known: Known, condition: ConditionDraft, actions: readonly Action[] = []): StepResult {
  const proof = standingProof(known);
  if (proof !== undefined) return done(provenFinding(known, proof), actions);
  const { verdict } = known;
  if (verdict === undefined || verdict.outcome === 'Succeeded')
    return { condition, progress: 'Progressing', blocks: true, actions };
  return { condition: failedCondition(known, verdict), progress: progressOf(verdict), blocks: true, actions };
}

/** Where nothing has ended, what was known before is carried on. */
function statusOf(known: Known): ProbeStatus | undefined {
  const { observed, ended, verdict, last } = known;
  if (ended === undefined || verdict === undefined) return observed.profile.status.probe;
  const { version: _, ...said } = verdict;
  const at = verdict.outcome === 'Succeeded' || last !== ended ? undefined : againAt(known, ended, verdict);
  return {
    ...said,
    job: ended.job,
    attempt: ended.attempt,
    finishedAt: toRfc3339(ended.end.at),
    ...(at !== undefined && at > observed.now && { nextAttemptAt: toRfc3339(at) }),
  };
}
