/** Writes an event of a profile. An event that cannot be written is logged, and the work continues. */
import { toRfc3339 } from '../../core/model/time.ts';
import { API_VERSION, FIELD_MANAGER } from '../../core/model/naming.ts';
import type { Observed, ObservedProfile } from '../../core/model/observed.ts';
import type { Event } from '../../core/model/decision.ts';
import { ApiError } from '../../kube/errors.ts';
import { EVENTS, type KubeEvent } from '../../kube/types.ts';
import { KIND } from '../../api/v1alpha1.ts';
import { stopsAllWrites, type Writer } from './writer.ts';

/** Throws only errors that stop every write: another process leads, or the API server asks to wait. */
export async function writeEvent(
  event: Event,
  { profile, now }: Pick<Observed, 'profile' | 'now'>,
  { client, log }: Pick<Writer, 'client' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(EVENTS, eventOf(event, profile, now), signal);
  } catch (error) {
    if (stopsAllWrites(error)) throw error;
    if (error instanceof ApiError && isNoTrouble(error)) return;
    const { namespace, name } = profile;
    const { reason, message } = event;
    log.warn({ namespace, profile: name, reason, error: String(error) }, `failed to write event: ${message}`);
  }
}

/**
 * The name of an event is the same in every pass, so it is written once, whether or not the writes after it succeed. In a namespace that
 * is being deleted, or is gone, nobody is left to read it.
 */
const isNoTrouble = (error: ApiError): boolean =>
  error.isAlreadyExists || error.isNamespaceTerminating || error.isNotFound;

function eventOf({ type, reason, message, occurrence }: Event, { namespace, name, uid }: ObservedProfile, now: number) {
  const at = toRfc3339(now);
  const suffix = occurrence === undefined ? '' : `.${occurrence}`;
  return {
    apiVersion: EVENTS.apiVersion,
    kind: EVENTS.kind,
    metadata: { namespace, name: `${name}.${uid}.${reason.toLowerCase()}${suffix}` },
    involvedObject: { apiVersion: API_VERSION, kind: KIND, namespace, name, uid },
    type,
    reason,
    message,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: FIELD_MANAGER,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  } satisfies KubeEvent;
}
