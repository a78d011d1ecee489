/** What earlier proofs still say about the connection to the database, while the newest probe fails. */
import { isMissingInput, waitingReason } from './pod-waiting.ts';
import type { ProbeEvidence } from './evidence.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { connectionKeyOf } from './proof-key.ts';

/**
 * Whether the newest verdict says that the database has no session left, and the same credentials opened a pool by the same
 * connection inputs before, with whatever settings.
 */
export function lacksSessions(evidence: ProbeEvidence): boolean {
  const { observed, spec } = evidence;
  const { outcome, fingerprint } = newestVerdict(evidence) ?? {};
  if (outcome !== 'InsufficientCapacity' || fingerprint === undefined) return false;
  return isProvenBefore(observed, spec, fingerprint);
}

/** Undefined where an attempt runs, or another Job of the profile has ended later, or in the same second: its result may be another one. */
function newestVerdict({ mine, last, ended, verdict }: ProbeEvidence): Verdict | undefined {
  if (ended === undefined || ended !== last) return undefined;
  // All ends are of the clock of the cluster.
  const isEarlier = ({ end }: ObservedProbe) => end !== undefined && end.at < ended.end.at;
  return mine.every((one) => one === ended || isEarlier(one)) ? verdict : undefined;
}

/** Whether the configuration was proven, and no probe has rejected its credentials, missed its Secret or used others since. */
export function wasProven({ observed, last, verdict, recordedProof }: ProbeEvidence): boolean {
  if (recordedProof === undefined || verdict?.outcome === 'PermanentFailure') return false;
  if (missesInput(last, observed.now)) return false;
  return verdict?.fingerprint === undefined || verdict.fingerprint === recordedProof.fingerprint;
}

/**
 * Whether pods that start now may be rejected: the newest probe was, whatever settings it had, or misses its Secret, or used credentials
 * with which no pool was opened before.
 */
export function doubtsCredentials({ observed, spec, last, verdict }: ProbeEvidence): boolean {
  const { outcome, fingerprint } = verdict ?? observed.profile.status.probe ?? {};
  if (outcome === 'PermanentFailure' || missesInput(last, observed.now)) return true;
  return fingerprint !== undefined && !isProvenBefore(observed, spec, fingerprint);
}

const isProvenBefore = ({ configMaps }: Observed, spec: ProfileSpec, fingerprint: string): boolean => {
  const connectionKey = connectionKeyOf(spec);
  return configMaps.some(
    ({ state: { proof } }) => proof?.connectionKey === connectionKey && proof.fingerprint === fingerprint,
  );
};

/** Whether the pod of a probe waits for a missing Secret or ConfigMap. */
function missesInput(last: ObservedProbe | undefined, now: number): boolean {
  const waiting = last && last.end === undefined ? waitingReason(last, now) : undefined;
  return waiting !== undefined && isMissingInput(waiting);
}
