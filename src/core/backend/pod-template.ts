/**
 * The one write to a backend: the pod template of its Deployment. Only what is ours is sent: the variables of one
 * container, two labels of the template, and the annotation that keeps what was adopted. Never `spec.replicas`.
 */
import { VARIABLES } from '../model/variables.ts';
import type { JsonValue } from '../model/json.ts';
import { ANNOTATION, configHashFromName, LABEL } from '../model/naming.ts';
import type { ObservedContainer, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { adoptedMax, type AdoptedVariables } from './adopted-variables.ts';
import type { Action, KubeObject } from '../model/action.ts';
import type { Target } from './target.ts';

/** How a template is pointed at a ConfigMap. */
export type ConfigRef = {
  readonly configMap: string;
  /** Connections that a pool may open by it. */
  readonly max: number;
  /** The annotation that keeps what was adopted. */
  readonly adoptedEnv: string | undefined;
  /** Takes the fields from whoever has them: they are ours already, or the profile says `adopt`. */
  readonly force: boolean;
};

/** Fenced by uid and resourceVersion of what was looked at: a second or late writer gets a conflict. */
export function applyConfigRef(
  profile: ObservedProfile,
  target: Target,
  { configMap, max, adoptedEnv, force }: ConfigRef,
): Action {
  const env = VARIABLES.map((name) => {
    const entry = { name, valueFrom: { configMapKeyRef: { name: configMap, key: name } } };
    return force ? withNullsFor(currentEntry(target, name), entry) : entry;
  });
  const labels = { [LABEL.profile]: profile.name, [LABEL.configHash]: configHashFromName(configMap) };
  const annotations = adoptedEnv === undefined ? undefined : { [ANNOTATION.adoptedEnv]: adoptedEnv };
  const object = deploymentWith(profile, target, { env, labels, annotations });
  return { kind: 'rollOut', object, max, force };
}

/**
 * What stood in the variables before they were adopted, or nothing, in place of ours, whoever has had a hand in them since:
 * dropping them from what is applied would leave the part that somebody else owns. The profile stays with its pods, and
 * what was adopted stays kept, for the next roll takes it over again.
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

type MaybeTarget = { readonly deployment: ObservedDeployment; readonly container: ObservedContainer | undefined };

/**
 * The same for good: nothing of the profile stays. Without a container the variables are left as they are. Where what stood
 * there before was put back already, what stands there now is its owner's: only what is not there is put back.
 */
export function releaseDeployment(
  profile: ObservedProfile,
  { deployment, container }: MaybeTarget,
  adopted: AdoptedVariables | undefined,
): Action {
  const isBack = deployment.labels.config === undefined;
  const env = container === undefined ? [] : restoredEnv({ deployment, container }, adopted, isBack);
  const labels = { [LABEL.profile]: null, [LABEL.configHash]: null };
  const annotations = { [ANNOTATION.adoptedEnv]: null };
  const object = deploymentWith(profile, { deployment, container }, { env, labels, annotations });
  return { kind: 'restoreTemplate', object, max: adoptedMax(adopted) };
}

function restoredEnv(target: Target, adopted: AdoptedVariables | undefined, isTheirs = false): JsonValue[] {
  return VARIABLES.flatMap((name) => {
    const there = currentEntry(target, name);
    if (isTheirs && there !== undefined) return [];
    const original = adopted?.env.find((entry) => entry.name === name);
    if (original !== undefined) return [withNullsFor(there, original as JsonValue)];
    return there === undefined ? [] : [{ name, $patch: 'delete' }];
  });
}

const currentEntry = ({ container }: Target, variable: string) =>
  container.env.find(({ name }) => name === variable)?.entry;

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

/** `wanted`, with null for each field that stands there and must not: an entry with a value and a source of it is refused. */
function withNullsFor(there: JsonValue, wanted: JsonValue): JsonValue {
  if (!isObject(there) || !isObject(wanted)) return wanted;
  const members = Object.entries(wanted).map(([key, value]) => [key, withNullsFor(there[key], value)] as const);
  const others = Object.keys(there).filter((key) => !(key in wanted));
  return Object.fromEntries([...members, ...others.map((key) => [key, null] as const)]);
}

const isObject = (value: JsonValue): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
