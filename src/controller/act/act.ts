/** Executes a decision: its events, then its actions in order. Only this file knows which HTTP request an action is. */
import type { Action } from '../../core/model/action.ts';
import type { Decision } from '../../core/model/decision.ts';
import type { Observed } from '../../core/model/observed.ts';
import { ApiError } from '../../kube/errors.ts';
import { create } from './create.ts';
import { writeEvent } from './event.ts';
import { statusAfterFailedWrite, writeStatus } from './status.ts';
import { writeLastApplied } from './last-applied.ts';
import { resourceOf, updateCache, type Writer } from './writer.ts';

/**
 * Throws the error of the first write that fails, and does not try those after it. The status reports the error before that, unless
 * the write was a conflict or lost a race (the next pass sees what the other writer did), or the API server asks to wait.
 */
export async function act(
  { events, actions, status }: Decision,
  observed: Pick<Observed, 'profile' | 'now'>,
  writer: Writer,
  signal: AbortSignal,
): Promise<void> {
  for (const event of events) await writeEvent(event, observed, writer, signal);
  const pending = [...actions];
  try {
    for (const action of actions) {
      await execute(action, writer, signal);
      pending.shift();
    }
  } catch (error) {
    if (error instanceof ApiError && !error.isThrottled && !error.isConflict)
      await writeStatus(statusAfterFailedWrite(status, observed, { error, pending }), observed.profile, writer, signal);
    throw error;
  }
}

/** How each action is sent: `apply` is a server-side apply, `merge` a strategic merge patch, `patch` a JSON patch, `edit` a JSON patch of what is read before. */
const VERB = {
  renderConfig: 'create',
  recordState: 'apply',
  collectConfig: 'delete',
  createSalt: 'create',
  recordLogonResults: 'apply',
  startProbe: 'create',
  deleteProbe: 'delete',
  rollOut: 'apply',
  restoreTemplate: 'merge',
  disown: 'patch',
  editLastApplied: 'edit',
  setFinalizer: 'apply',
} as const satisfies Record<Action['kind'], string>;

/**
 * Whether a server-side apply takes fields over from other managers. The operator owns its ConfigMaps as a whole, because their
 * content decides what it does. Of other objects it owns some fields only.
 */
const isForced = (action: Action): boolean =>
  action.kind === 'rollOut' ? action.force : action.kind === 'recordState' || action.kind === 'recordLogonResults';

const operationsOf = (action: Action) => (action.kind === 'disown' ? action.operations : []);

async function execute(action: Action, writer: Writer, signal: AbortSignal): Promise<void> {
  const { client, caches } = writer;
  const { object } = action;
  const resource = resourceOf(object.kind);
  switch (VERB[action.kind]) {
    case 'create':
      return create({ client, resource, object, onFound: (found) => updateCache(caches, found) }, signal);
    case 'apply':
      return updateCache(caches, await client.apply(resource, object, signal, { force: isForced(action) }));
    case 'merge':
      return updateCache(caches, await client.merge(resource, object, signal));
    case 'patch':
      return updateCache(caches, await client.patch(resource, object, operationsOf(action), signal));
    case 'edit':
      return action.kind === 'editLastApplied' ? writeLastApplied(action, writer, signal) : undefined;
    case 'delete':
      return client.delete(resource, object, signal);
  }
}

/** Whether the caches show the effect of an action at once. They show a deletion only when a watch reports it. */
export const isVisibleAtOnce = ({ kind }: Action): boolean => VERB[kind] !== 'delete';

/** An action as the log names it: "rollOut search-api max 40". */
export function describeAction(action: Action): string {
  const max = 'max' in action && action.max !== undefined ? ` max ${action.max}` : '';
  return `${action.kind} ${action.object.metadata.name}${max}`;
}
