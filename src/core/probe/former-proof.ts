/** What earlier proofs still say about the connection to the database, while the newest probe fails. */
import { isMissingInput, waitingReason } from './pod-waiting.ts';
import type { ProbeEvidence } from './evidence.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { ObservedProbe } from '../model/observed.ts';
import { connectionKeyOf } from './proof-key.ts';

/**
 * Whether the newest verdict says that the database has no session left, and the same credentials opened a pool by the same
 * connection inputs before, with whatever settings.
 */
export function lacksSessions(evidence: ProbeEvidence): boolean {
  const { observed, spec } = evidence;
  const { outcome, fingerprint } = newestVerdict(evidence) ?? {};
  if (outcome !== 'InsufficientCapacity' || fingerprint === undefined) return false;
  const connectionKey = connectionKeyOf(spec);
  return observed.configMaps.some(
    ({ state: { proof } }) => proof?.connectionKey === connectionKey && proof.fingerprint === fingerprint,
  );
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
  const waiting = last && last.end === undefined ? waitingReason(last, observed.now) : undefined;
  if (waiting !== undefined && isMissingInput(waiting)) return false;
  return verdict?.fingerprint === undefined || verdict.fingerprint === recordedProof.fingerprint;
}
