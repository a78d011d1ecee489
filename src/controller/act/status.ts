/** Writes the status of a profile, where it differs from the one in the cluster. A status that the API server rejects is reduced. */
import { fitStatus, KIND, type ProfileStatus } from '../../api/v1alpha1.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';
import { API_VERSION } from '../../core/model/naming.ts';
import type { ObservedProfile } from '../../core/model/observed.ts';
import { reducedStatus } from '../../core/status/reduced-status.ts';
import { ApiError } from '../../kube/errors.ts';
import { profileKey } from '../watch/caches.ts';
import { RESOURCES } from '../watch/resources.ts';
import { updateCache, type Writer } from './writer.ts';

/**
 * Returns the milliseconds for which the write is held back, by the throttle or after a rejection; 0 where the status was written or is
 * unchanged. Throws what the write throws; where the API server rejects the status again, after it has tried the reduced one.
 */
export async function writeStatus(
  draft: ProfileStatus,
  profile: ObservedProfile,
  writer: Writer,
  signal: AbortSignal,
): Promise<number> {
  const { statusRejections } = writer;
  const status = fitStatus(draft);
  const held = statusRejections.holding(profile);
  if (held !== undefined) {
    if (!held.isTotal) await writeReduced(status, held.error, { profile, writer, signal });
    return held.waitMs;
  }
  try {
    const waitMs = await writeIfChanged(status, { profile, writer, signal });
    if (waitMs === 0) statusRejections.forget(profileKey(profile));
    return waitMs;
  } catch (error) {
    if (!isRejectedStatus(error)) throw error;
    // The first rejection may have a cause that passes.
    if (statusRejections.note(profile, error.message) > 1)
      await writeReduced(status, error.message, { profile, writer, signal });
    throw error;
  }
}

/** Also 500: the API server's answer to a status that it cannot merge. */
const isRejectedStatus = (error: unknown): error is ApiError =>
  error instanceof ApiError && !error.isThrottled && !error.isNotFound && (error.isRejection || error.code === 500);

type Write = { readonly profile: ObservedProfile; readonly writer: Writer; readonly signal: AbortSignal };

/** Writes what the API server can accept: the fields that it accepted before, or, if it rejects those by now, none of them. */
async function writeReduced(rejected: ProfileStatus, error: string, write: Write): Promise<void> {
  const { profile, writer } = write;
  for (const accepted of [profile.status, {}]) {
    try {
      await writeIfChanged(fitStatus(reducedStatus(rejected, accepted, error)), write);
      return;
    } catch (again) {
      if (!isRejectedStatus(again)) throw again;
    }
  }
  writer.statusRejections.noteTotal(profile);
}

/** The write carries the resourceVersion of the observed profile, so that it cannot reach a new profile of that name. */
async function writeIfChanged(status: ProfileStatus, { profile, writer, signal }: Write): Promise<number> {
  const { client, caches, statusThrottle } = writer;
  if (isDeepEqualJson(status, profile.status)) return 0;
  const key = profileKey(profile);
  const waitMs = statusThrottle.waitMs(key, status, profile.status);
  if (waitMs > 0) return waitMs;
  const { namespace, name, resourceVersion } = profile;
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name, resourceVersion }, status };
  try {
    updateCache(caches, await client.applyStatus(RESOURCES.DbPoolProfile, object, signal));
  } catch (error) {
    // The profile was deleted meanwhile.
    if (!(error instanceof ApiError && error.isNotFound)) throw error;
  }
  statusThrottle.wrote(key);
  return 0;
}
