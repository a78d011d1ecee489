/** Executes a decision: its events, then its actions in order. Only this file knows which HTTP request an action is. */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import type { Action, KubeObject } from '../../core/model/action.ts';
import { NO_ANNOTATIONS } from '../../core/model/config-state.ts';
import type { Decision } from '../../core/model/decision.ts';
import type { Observed, ObservedProfile } from '../../core/model/observed.ts';
import { ApiError } from '../../kube/errors.ts';
import { profileKey } from '../watch/caches.ts';
import { collectConfig } from './collect-config.ts';
import { create } from './create.ts';
import { writeEvent } from './event.ts';
import { statusAfterFailedWrite } from './failed-write.ts';
import { LastingConflictError } from './conflicts.ts';
import { writeLastApplied } from './last-applied.ts';
import { readObject } from './read-object.ts';
import { writeStatus } from './status.ts';
import { resourceOf, stopsAllWrites, updateCache, type Writer } from './writer.ts';

/**
 * Throws the error of the first write that fails, and does not try those after it. The status reports the error before that, if a user
 * has to know; see `isForUsers`.
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
    if (!(error instanceof ApiError)) throw error;
    if (error.isNamespaceTerminating) await letGo(pending, writer, signal);
    else if (await isForUsers(error, pending[0], { observed, writer, signal })) {
      await report(statusAfterFailedWrite(status, observed, { error, pending }), observed.profile, writer, signal);
      if (error.isConflict) throw new LastingConflictError(error);
    }
    throw error;
  }
  writer.conflicts.forget(profileKey(observed.profile));
}

/** Nothing can be created in a namespace that is being deleted. What keeps the profile there is still removed. */
async function letGo(pending: readonly Action[], writer: Writer, signal: AbortSignal): Promise<void> {
  for (const action of pending) if (action.kind === 'setFinalizer') await execute(action, writer, signal);
}

type Failing = {
  readonly observed: Pick<Observed, 'profile'>;
  readonly writer: Writer;
  readonly signal: AbortSignal;
};

/**
 * Whether a user has to know of an error. Not where the API server asks to wait, nor where the next pass sees what another writer has
 * done. A conflict that repeats although the object is unchanged does not pass.
 */
async function isForUsers(
  error: ApiError,
  failed: Action | undefined,
  { observed, writer, signal }: Failing,
): Promise<boolean> {
  if (error.isThrottled || error.isNotFound) return false;
  if (!error.isConflict) return true;
  const { conflicts, client } = writer;
  if (failed === undefined || !conflicts.isRepeated(profileKey(observed.profile), failed)) return false;
  const { object } = failed;
  const now = await readObject(client, resourceOf(object.kind), object, signal);
  return now !== undefined && now.metadata?.resourceVersion === object.metadata.resourceVersion;
}

/** Writes the status that reports an error. If that fails, too, it is logged: the error to report is thrown, and reported in the next pass. */
async function report(
  status: ProfileStatus,
  profile: ObservedProfile,
  writer: Writer,
  signal: AbortSignal,
): Promise<void> {
  try {
    await writeStatus(status, profile, writer, signal);
  } catch (error) {
    if (stopsAllWrites(error)) throw error;
    // The profile is gone, maybe with its namespace: nobody is left to read the status.
    if (error instanceof ApiError && error.isNotFound) return;
    const { namespace, name } = profile;
    writer.log.warn({ namespace, profile: name, error: String(error) }, 'failed to write status');
  }
}

/**
 * How each action is sent: `apply` is a server-side apply, `merge` a strategic merge patch, `replace` a JSON merge patch, `patch` a JSON
 * patch, `edit` a JSON patch of what is read before, `collect` a deletion unless something that is read before is in the way.
 */
const VERB = {
  renderConfig: 'create',
  recordState: 'replace',
  collectConfig: 'collect',
  createSalt: 'create',
  recordLogonResults: 'apply',
  startProbe: 'create',
  deleteProbe: 'delete',
  rollOut: 'apply',
  restoreTemplate: 'merge',
  disown: 'patch',
  editLastApplied: 'edit',
  setFinalizer: 'replace',
} as const satisfies Record<Action['kind'], string>;

/**
 * Whether a server-side apply takes fields over from other managers. The operator owns its ConfigMaps as a whole, because their
 * content decides what it does. Of other objects it owns some fields only.
 */
const isForced = (action: Action): boolean =>
  action.kind === 'rollOut' ? action.force : action.kind === 'recordLogonResults';

/**
 * The object as a JSON merge patch, which removes what the operator does not want whoever wrote it. A server-side apply would leave the
 * annotations and owners that came back from a backup with another field manager.
 */
const asMergePatch = ({ kind, object }: Action): KubeObject =>
  kind === 'recordState'
    ? { ...object, metadata: { ...object.metadata, annotations: { ...NO_ANNOTATIONS, ...stateOn(object) } } }
    : object;

const stateOn = ({ metadata }: KubeObject) => metadata['annotations'] as Readonly<Record<string, string>> | undefined;

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
    case 'replace':
      return updateCache(caches, await client.mergeJson(resource, asMergePatch(action), signal));
    case 'patch':
      return updateCache(caches, await client.patch(resource, object, operationsOf(action), signal));
    case 'edit':
      return action.kind === 'editLastApplied' ? writeLastApplied(action, writer, signal) : undefined;
    case 'collect':
      return action.kind === 'collectConfig' ? collectConfig(action, writer, signal) : undefined;
    case 'delete':
      return client.delete(resource, object, signal);
  }
}

/** Whether the caches show the effect of an action at once. They show a deletion only when a watch reports it. */
export const isVisibleAtOnce = ({ kind }: Action): boolean => VERB[kind] !== 'delete' && VERB[kind] !== 'collect';

/** An action as the log names it: "rollOut search-api max 40". */
export function describeAction(action: Action): string {
  const max = 'max' in action && action.max !== undefined ? ` max ${action.max}` : '';
  return `${action.kind} ${action.object.metadata.name}${max}`;
}
