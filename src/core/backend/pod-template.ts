/**
 * The writes to a backend: the pod template of its Deployment. The operator sends the variables of one container, two labels of
 * the template, and the annotation with the adopted variables; never `spec.replicas`.
 */
import { VARIABLES } from '../model/variables.ts';
import type { JsonValue } from '../model/json.ts';
import { ANNOTATION, configHashFromName, LABEL } from '../model/naming.ts';
import type { ObservedContainer, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import type { AdoptedVariables } from '../model/adopted.ts';
import type { LastAppliedEdit } from '../model/last-applied.ts';
import { adoptedMax, formatAdopted } from './adopted-variables.ts';
import type { Action, KubeObject } from '../model/action.ts';
import { entryOf, type Target } from './target.ts';

/** The reference from a pod template to the ConfigMap of a configuration. */
export type ConfigRef = {
  /** Name of the ConfigMap. */
  readonly configMap: string;
  /** `max` of the configuration. */
  readonly max: number;
  readonly adopted: AdoptedVariables | undefined;
  /** Takes the fields over from other managers: the operator owned them before, or the profile says `adopt`. */
  readonly force: boolean;
};

/** Points the pod template at a ConfigMap. It carries uid and resourceVersion: a second or late writer gets a conflict. */
export function applyConfigRef(
  profile: ObservedProfile,
  target: Target,
  { configMap, max, adopted, force }: ConfigRef,
): Action {
  const env = VARIABLES.map((name) => {
    const entry = { name, valueFrom: { configMapKeyRef: { name: configMap, key: name } } };
    return force ? withNullsFor(currentEntry(target, name), entry) : entry;
  });
  const labels = { [LABEL.profile]: profile.name, [LABEL.configHash]: configHashFromName(configMap) };
  const annotations = adopted === undefined ? undefined : { [ANNOTATION.adoptedEnv]: formatAdopted(adopted) };
  const object = deploymentWith(profile, target, { env, labels, annotations });
  return { kind: 'rollOut', object, max, force };
}

/**
 * Restores the variables from before the profile, or removes them where there were none, whichever managers own them now. An apply
 * without the variables would not do: it leaves the parts that other managers own. The label of the profile stays, and so does the
 * annotation with the adopted variables, because the next rollout adopts them again.
 */
export function restoreVariables(
  profile: ObservedProfile,
  target: Target,
  adopted: AdoptedVariables | undefined,
): Action {
  const labels = { [LABEL.profile]: profile.name, [LABEL.configHash]: null };
  const env = restoredEnv(target, adopted);
  const object = deploymentWith(profile, target, { env, labels, annotations: undefined });
  return { kind: 'restoreTemplate', object, max: adoptedMax(adopted) };
}

/** An edit of the annotation of client-side apply. */
export const lastAppliedWrite = (
  { namespace }: ObservedProfile,
  { name, resourceVersion }: ObservedDeployment,
  edit: LastAppliedEdit,
): Action => ({
  kind: 'editLastApplied',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name, resourceVersion } },
  edit,
});

type MaybeTarget = { readonly deployment: ObservedDeployment; readonly container: ObservedContainer | undefined };

/** `isReleased`: the variables were handed back already, so that those that exist belong to their owner. */
type Released = MaybeTarget & { readonly isReleased: boolean };

/**
 * Restores the variables and removes every trace of the profile. Without a container, the variables are unchanged. After a
 * rollback to the variables from before the profile, those that exist belong to their owner: only missing ones are restored.
 */
export function releaseDeployment(
  profile: ObservedProfile,
  { deployment, container, isReleased }: Released,
  adopted: AdoptedVariables | undefined,
): Action {
  const env = container === undefined ? [] : restoredEnv({ deployment, container }, adopted, isReleased);
  const labels = { [LABEL.profile]: null, [LABEL.configHash]: null };
  const annotations = { [ANNOTATION.adoptedEnv]: null };
  const object = deploymentWith(profile, { deployment, container }, { env, labels, annotations });
  return { kind: 'restoreTemplate', object, max: adoptedMax(adopted) };
}

/** The `env` of a strategic merge patch. `isOnlyMissing`: an entry that exists is unchanged. */
function restoredEnv(target: Target, adopted: AdoptedVariables | undefined, isOnlyMissing = false): JsonValue[] {
  return VARIABLES.flatMap((name) => {
    const current = currentEntry(target, name);
    if (isOnlyMissing && current !== undefined) return [];
    const former = adopted?.env.find((entry) => entry.name === name);
    if (former !== undefined) return [withNullsFor(current, former as JsonValue)];
    return current === undefined ? [] : [{ name, $patch: 'delete' }];
  });
}

const currentEntry = ({ container }: Target, variable: string) => entryOf(container, variable)?.entry;

type Fields = { readonly env: readonly JsonValue[]; readonly labels: object; readonly annotations: object | undefined };

function deploymentWith(
  { namespace }: ObservedProfile,
  { deployment, container }: MaybeTarget,
  { env, labels, annotations }: Fields,
): KubeObject {
  const { name, uid, resourceVersion } = deployment;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, uid, resourceVersion, ...(annotations !== undefined && { annotations }) },
    spec: {
      template: {
        metadata: { labels },
        ...(container !== undefined && { spec: { containers: [{ name: container.name, env }] } }),
      },
    },
  };
}

/** `desired`, with null for each field of `current` that it lacks: the API server rejects an entry with both `value` and `valueFrom`. */
function withNullsFor(current: JsonValue, desired: JsonValue): JsonValue {
  if (!isObject(current) || !isObject(desired)) return desired;
  const members = Object.entries(desired).map(([key, value]) => [key, withNullsFor(current[key], value)] as const);
  const others = Object.keys(current).filter((key) => !(key in desired));
  return Object.fromEntries([...members, ...others.map((key) => [key, null] as const)]);
}

const isObject = (value: JsonValue): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
