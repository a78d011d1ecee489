/** Requests for a probe, by the annotation probe-requested-at: which Job was made for one, and whether it is handled. */
import { isDisruption, isInterruption, STAGES } from '../../contract/verdict.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { isFinished } from './evidence.ts';
import { ownProbes } from './own-jobs.ts';
import { timedOutBeforeStart } from './pod-waiting.ts';
import { readVerdict } from './read-verdict.ts';

/** Whether a Job, of whatever configuration, was made for the request. */
export const requestIsClaimed = (observed: Observed): boolean =>
  isOnRecord(observed) || jobsForRequest(observed).length > 0;

/** Whether the attempt that sends refused credentials is still to come: no Job was made for the request, or none got to the logon. */
export const forcedAttemptIsDue = (observed: Observed): boolean =>
  !isOnRecord(observed) && jobsForRequest(observed).every((probe) => endedBeforeLogon(observed, probe));

/** Whether the request needs no probe any more. A Job that has not ended may still go without having sent anything. */
export const requestIsHandled = (observed: Observed): boolean =>
  isOnRecord(observed) ||
  jobsForRequest(observed).some((probe) => isFinished(probe) && !endedBeforeLogon(observed, probe));

/** There is no request, or the status or a proof has it as handled. */
function isOnRecord({ profile: { probeRequestedAt: request, status }, configMaps }: Observed): boolean {
  return (
    request === undefined ||
    status.handledRequests?.probe === request ||
    configMaps.some(({ state }) => state.proof?.requestedAt === request)
  );
}

const jobsForRequest = (observed: Observed) =>
  ownProbes(observed).filter(({ requestedAt }) => requestedAt === observed.profile.probeRequestedAt);

/** Whether a forced Job ended without having sent the credentials: it only waited, or was taken away before that. */
function endedBeforeLogon({ profile }: Observed, probe: ObservedProbe): boolean {
  if (!probe.isForced || !isFinished(probe)) return false;
  const verdict = readVerdict(probe, profile.status.probe);
  const isBeforeLogon = STAGES.indexOf(verdict.stage) < STAGES.indexOf('logon');
  return timedOutBeforeStart(probe) || isDisruption(verdict) || (isInterruption(verdict) && isBeforeLogon);
}
