/**
 * What would mislead is corrected before a step reads it, and is recorded again, once, even for a profile that is suspended or stopped by a
 * guard:
 *
 * - A time in the future: the clock was set back, or somebody wrote the annotation. It becomes the present time, where a pause
 *   depends on it, or where it is more than a day away.
 * - The hashes of the template: an admission webhook may change the template that the operator writes. While no other write has
 *   followed, the template is as the operator's write has left it. Annotations that changed are not compared any more.
 * - The number of an event that is out of bounds: somebody wrote the annotation. No event could follow it.
 * - The owners of the ConfigMap: one of them was created again, or the ConfigMap is from a backup. The garbage collector would delete it.
 * - The uid of the profile: it was deleted and applied again, or restored from a backup. While the template refers to its ConfigMaps,
 *   the newest rollout is its own.
 */
import { isFromProfile, newestRollout } from '../backend/managed-variables.ts';
import { configMapInUse } from '../backend/target.ts';
import { type ConfigState, hasSucceeded, withRenumberedEvents } from '../model/config-state.ts';
import { isDeepEqualJson } from '../model/json.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment } from '../model/observed.ts';
import { withPresentOwners } from './owners.ts';
import { parseConfigMap } from './pool-config.ts';

export function withCorrectedState(observed: Observed): Observed {
  const isOurs = (one: ObservedConfigMap) => parseConfigMap(observed.profile.name, one) !== undefined;
  const numbered = new Map(
    withRenumberedEvents(observed.configMaps.filter(isOurs)).map(({ name, state }) => [name, state]),
  );
  const configMaps = observed.configMaps.map((one) => {
    const state = numbered.get(one.name);
    return state === undefined ? one : corrected(one, state, observed);
  });
  return { ...observed, configMaps };
}

/** `numbered`: its state, with numbers within the bounds. */
function corrected(configMap: ObservedConfigMap, numbered: ConfigState, observed: Observed): ObservedConfigMap {
  const { now, profile, deployment } = observed;
  const { name, state } = configMap;
  const past = withoutFuture(numbered, now);
  const hashed = deployment !== undefined && isWrittenLast(deployment, name, past) ? withHash(past, deployment) : past;
  const isOwn = newestRollout(observed.configMaps)?.name === name && hasReferences(observed);
  const after = isOwn ? withProfile(hashed, profile) : hashed;
  const owners = withPresentOwners(configMap, observed);
  if (isDeepEqualJson(after, state) && owners === configMap.owners) return configMap;
  return { ...configMap, state: after, owners, isCorrected: true };
}

const TIMES = ['at', 'firstAt', 'startedAt', 'completedAt'] as const;

/** No clock is that far off by accident. A time within it is corrected only while a pause depends on it: it is true at rest. */
const TOLERATED_MS = 86_400_000;

function withoutFuture(state: ConfigState, now: number): ConfigState {
  const isObserved = state.rollout !== undefined && !hasSucceeded(state);
  const latest = (name: string) => (isObserved || name === 'driftRepair' ? now : now + TOLERATED_MS);
  return Object.fromEntries(
    Object.entries(state).map(([name, entry]) => [name, pastOf(entry, { now, latest: latest(name) })]),
  );
}

function pastOf(
  entry: ConfigState[keyof ConfigState],
  { now, latest }: { readonly now: number; readonly latest: number },
): unknown {
  if (typeof entry !== 'object') return entry;
  const times: { readonly [name: string]: unknown } = entry;
  const late = TIMES.filter((name) => Number(times[name]) > latest);
  return late.length === 0 ? entry : { ...entry, ...Object.fromEntries(late.map((name) => [name, now])) };
}

/** Whether the write of this configuration is the last one that the Deployment has seen. */
const isWrittenLast = (
  { generation, containers }: ObservedDeployment,
  configMap: string,
  { rollout }: ConfigState,
): boolean =>
  rollout?.generation !== undefined &&
  generation === rollout.generation + 1 &&
  containers.some((container) => configMapInUse(container) === configMap);

function withHash({ rollout, ...state }: ConfigState, deployment: ObservedDeployment): ConfigState {
  if (rollout === undefined) return state;
  const { annotationsHash, ...others } = rollout;
  const isStamped = annotationsHash !== deployment.annotationsHash;
  const templateHash = deployment.foreignTemplateHash;
  return { ...state, rollout: { ...(isStamped ? others : rollout), templateHash } };
}

const hasReferences = (observed: Observed): boolean =>
  (observed.deployment?.containers ?? []).some(({ env }) => env.some((variable) => isFromProfile(observed, variable)));

const withProfile = ({ rollout, ...state }: ConfigState, { uid }: Observed['profile']): ConfigState => ({
  ...state,
  rollout: rollout?.profile === undefined ? rollout : { ...rollout, profile: uid },
});
