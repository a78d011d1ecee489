/**
 * What the probe Jobs of a profile say, and whether one more is wanted.
 *
 *   no Job for this probeHash ──► create attempt 1
 *   Job without an end        ──► waits (and says what its pod waits for)
 *   ended, Succeeded          ──► done
 *   ended, Permanent          ──► stalled: not tried again by itself, since ten refused logons lock an account
 *   ended, anything else      ──► attempt n+1 after a pause that grows with n
 *   a person asks (annotation)──► attempt n+1 at once
 */
import type { ProbeStatus, ProfileSpec } from '../profile.ts';
import type { Verdict } from '../verdict.ts';
import type { Config } from './config.ts';
import { instant } from './conditions.ts';
import type { Observed, ObservedProbe } from './observed.ts';
import { probeHashOf, probeJob } from './probe-job.ts';
import { type Action, done, type Finding, type Step } from './step.ts';
import { verdictOf, waitingReason } from './verdict-of.ts';

/** Pause before attempt 2; it doubles with each further one. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;

export type ProbeReport = { readonly step: Step; readonly status: ProbeStatus | undefined };

const probed = (status: Finding['status'], reason: string, message: string): Finding => ({
  type: 'ProbeSucceeded',
  status,
  reason,
  message,
});

/** The probe's step: what is known of this configuration, and the Job that is wanted next. */
export function probeHasSucceeded(observed: Observed, spec: ProfileSpec, config: Config): ProbeReport {
  const mine = observed.probes.filter(({ ownerUid }) => ownerUid === observed.profile.uid);
  if (spec.probe.policy === 'Disabled') {
    const finding = probed(
      'Unknown',
      'ProbeDisabled',
      'probe.policy is Disabled: the numbers are rolled without a proof',
    );
    return { step: done(finding, deletions(observed, mine)), status: undefined };
  }
  const probeHash = probeHashOf(spec, config, observed.settings);
  const attempts = mine.filter((probe) => probe.probeHash === probeHash).toSorted((a, b) => a.attempt - b.attempt);
  const last = attempts.at(-1);
  const report = reportOn(observed, last, (attempt) => ({
    kind: 'create',
    object: probeJob(observed.profile, spec, config, observed.settings, probeHash, attempt),
  }));
  // Only the newest Job is kept. What proves another configuration is ended at once: its answer is of no use any more.
  const others = mine.filter((probe) => probe !== last && (probe.probeHash !== probeHash || probe.end !== undefined));
  return withPolicy(spec, {
    ...report,
    step: { ...report.step, actions: [...deletions(observed, others), ...report.step.actions] },
  });
}

/** `Advisory` reports the same and holds nothing up. */
function withPolicy(spec: ProfileSpec, report: ProbeReport): ProbeReport {
  return spec.probe.policy === 'Advisory'
    ? { ...report, step: { ...report.step, progress: 'Done', holds: false } }
    : report;
}

function reportOn(
  observed: Observed,
  last: ObservedProbe | undefined,
  create: (attempt: number) => Action,
): ProbeReport {
  const before = observed.profile.status.probe;
  if (last === undefined) return { step: starting(1, create), status: before };
  if (last.end === undefined) return { step: running(last), status: before };

  const verdict = verdictOf(last, before);
  const status: ProbeStatus = {
    ...withoutVersion(verdict),
    job: last.job,
    attempt: last.attempt,
    finishedAt: instant(last.end.at),
  };
  const isRequested =
    observed.profile.probeRequestedAt !== undefined && observed.profile.probeRequestedAt !== last.requestedAt;
  if (isRequested) return { step: starting(last.attempt + 1, create), status };
  if (verdict.outcome === 'Succeeded') return { step: done(probed('True', verdict.reason, verdict.message)), status };

  const failed = probed(
    verdict.outcome === 'Inconclusive' ? 'Unknown' : 'False',
    verdict.reason,
    [verdict.message, verdict.remedy]
      .filter((sentence) => sentence !== '')
      .map(asSentence)
      .join(' '),
  );
  if (verdict.outcome === 'Permanent')
    return { step: { finding: failed, progress: 'Stalled', holds: true, actions: [] }, status };

  const nextAt = last.end.at + pauseAfter(last.attempt);
  if (observed.now >= nextAt) return { step: starting(last.attempt + 1, create), status };
  return {
    step: {
      finding: failed,
      progress: 'Progressing',
      holds: true,
      actions: [],
      lookAgainAfterMs: nextAt - observed.now,
    },
    status: { ...status, nextAttemptAt: instant(nextAt) },
  };
}

/** A driver's text ends as it likes. */
const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Milliseconds between the end of attempt `attempt` and the next. */
export function pauseAfter(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
}

function starting(attempt: number, create: (attempt: number) => Action): Step {
  return {
    finding: probed(
      'Unknown',
      'Probing',
      attempt === 1 ? 'The probe Job is being started' : `The probe Job is being started (attempt ${attempt})`,
    ),
    progress: 'Progressing',
    holds: true,
    actions: [create(attempt)],
  };
}

function running(probe: ObservedProbe): Step {
  const waiting = waitingReason(probe);
  const finding = waiting ?? { reason: 'Probing', message: `Job ${probe.job} opens the pool` };
  return {
    finding: probed('Unknown', finding.reason, finding.message),
    progress: waiting === undefined ? 'Progressing' : 'Stalled',
    holds: true,
    actions: [],
  };
}

function deletions({ profile }: Observed, probes: readonly ObservedProbe[]): Action[] {
  return probes.map(({ job, uid }) => ({
    kind: 'delete',
    object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: profile.namespace, name: job, uid } },
  }));
}

function withoutVersion({ version: _version, ...rest }: Verdict) {
  return rest;
}
