/** Requests for a probe, by the annotation probe-requested-at: whether a Job was made for a request, and whether it is handled. */
import { isDisruption, isInterruption, STAGES } from '../../contract/verdict.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { isFinished } from './evidence.ts';
import { ownProbes } from './own-jobs.ts';
import { timedOutBeforeStart } from './pod-waiting.ts';
import { readVerdict } from './read-verdict.ts';

/** Whether no Job has to be created for the request: it has one, with whatever settings, or is handled. True without a request. */
export const requestIsClaimed = (observed: Observed): boolean =>
  isOnRecord(observed) || jobsForRequest(observed).length > 0;

/** Whether the request still needs an attempt that sends rejected credentials: no Job for the request has got to the logon. */
export const forcedAttemptIsDue = (observed: Observed): boolean =>
  !isOnRecord(observed) && jobsForRequest(observed).every((probe) => endedBeforeLogon(observed, probe));

/** Whether the request needs no other probe. A Job that has not ended does not count, since it may end before its logon. */
export const requestIsHandled = (observed: Observed): boolean =>
  isOnRecord(observed) ||
  jobsForRequest(observed).some((probe) => isFinished(probe) && !endedBeforeLogon(observed, probe));

/** Whether the Job was made for the request, and no record names the request as handled. */
export const isOfPendingRequest = (observed: RequestRecord, probe: ObservedProbe): boolean =>
  !isOnRecord(observed) && probe.requestedAt === observed.profile.probeRequestedAt;

type RequestRecord = Pick<Observed, 'profile' | 'configMaps'>;

/** Whether there is no request, or the status or a proof names it as handled. An empty value is no request. */
function isOnRecord({ profile: { probeRequestedAt: request, status }, configMaps }: RequestRecord): boolean {
  return (
    request === undefined ||
    request === '' ||
    status.handledRequests?.probe === request ||
    configMaps.some(({ state }) => state.proof?.requestedAt === request)
  );
}

const jobsForRequest = (observed: Observed) =>
  ownProbes(observed).filter(({ requestedAt }) => requestedAt === observed.profile.probeRequestedAt);

/** Whether a forced Job ended before it sent the credentials: its pod never started, or was disrupted or interrupted before. */
function endedBeforeLogon({ profile }: Observed, probe: ObservedProbe): boolean {
  if (!probe.isForced || !isFinished(probe)) return false;
  const verdict = readVerdict(probe, profile.status.probe);
  const isBeforeLogon = STAGES.indexOf(verdict.stage) < STAGES.indexOf('logon');
  return timedOutBeforeStart(probe) || isDisruption(verdict) || (isInterruption(verdict) && isBeforeLogon);
}
