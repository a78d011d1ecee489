/**
 * `status.handledRequests`: of each annotation the newest request that was acted on, or that asked for nothing. A request that waits
 * is not there yet. One that was handled stays there, even if its annotation is removed.
 */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import { configMapInUse } from '../backend/target.ts';
import { configMapFor } from '../config/pool-config.ts';
import type { Context } from '../context.ts';
import { type ConfigState, hasSucceeded, isNewRequest } from '../model/config-state.ts';
import type { Observed } from '../model/observed.ts';
import { requestIsHandled } from '../probe/requests.ts';

/** Without a context, the pass handles no requests for a retry or a rollback: a guard stopped it. */
export function handledRequests(observed: Observed, context?: Context): ProfileStatus['handledRequests'] {
  const { probeRequestedAt, retryRequestedAt, rollbackRequestedAt, status } = observed.profile;
  const before = status.handledRequests ?? {};
  const acting = context?.spec.suspend === false ? context : undefined;
  const isRetried = acting !== undefined && retryIsHandled(acting);
  const isRolledBack = acting !== undefined && rollbackIsHandled(acting);
  const requests = Object.entries({
    probe: newest(probeRequestedAt, before.probe, requestIsHandled(observed)),
    retry: newest(retryRequestedAt, before.retry, isRetried),
    rollback: newest(rollbackRequestedAt, before.rollback, isRolledBack),
  }).filter(([, value]) => value !== undefined);
  return requests.length === 0 ? undefined : Object.fromEntries(requests);
}

const newest = (requested: string | undefined, before: string | undefined, isHandled: boolean): string | undefined =>
  isHandled && requested !== undefined && requested !== '' ? requested : before;

/** A retry is handled once its rollout has started, or where there is nothing left to roll out or to judge again. */
function retryIsHandled(context: Context): boolean {
  const state = stateOfSpec(context);
  const { rollout, failed } = state;
  const isNew = (last: string | undefined) => isNewRequest(context.observed.profile.retryRequestedAt, last ?? '');
  const isFine = context.template.isDesired && (failed === undefined || hasSucceeded(state));
  return isFine || !isNew(rollout?.retry) || !isNew(failed?.retry);
}

/** A rollback is handled once it is recorded, or where the backend does not have the settings of the spec. */
function rollbackIsHandled(context: Context): boolean {
  const { template, desired, observed } = context;
  const { rollout, failed } = stateOfSpec(context);
  const isNew = (last: string | undefined) => isNewRequest(observed.profile.rollbackRequestedAt, last ?? '');
  const runsSpec = template.isDesired && (desired.kind === 'spec' || desired.kind === 'heldAfterFailure');
  return !runsSpec || rollout === undefined || !isNew(rollout.rollback) || !isNew(failed?.rollback);
}

/** The state of the configuration of the spec. */
const stateOfSpec = ({ config, target, records }: Context): ConfigState =>
  configMapFor(config, configMapInUse(target.container), records)?.state ?? {};
