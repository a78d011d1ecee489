/**
 * Which variables the profile manages, known by the state of its ConfigMaps: what was rolled out last, and in which container. Labels
 * of the pod template are an index for the caches only, because whoever writes the whole Deployment back takes them away.
 */
import type { AdoptedVariables } from '../model/adopted.ts';
import type { ConfigState, StateOf } from '../model/config-state.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from '../model/naming.ts';
import type { ObservedContainer, ObservedDeployment, ObservedProfile, ObservedVariable } from '../model/observed.ts';
import { VARIABLES } from '../model/variables.ts';
import { parseAdopted } from './adopted-variables.ts';
import { configMapInUse, type Target } from './target.ts';

type StateRecord = { readonly name: string; readonly state: ConfigState };

/** A profile, and its ConfigMaps with only the state that is valid for its Deployment; see withStateFor. */
export type StateOfBackend = {
  readonly profile: Pick<ObservedProfile, 'name' | 'uid' | 'status'>;
  readonly configMaps: readonly StateRecord[];
};

type Rollout = { readonly name: string; readonly state: ConfigState & { readonly rollout: StateOf<'rollout'> } };

/** The ConfigMap of the newest rollout; undefined where nothing was rolled out. */
export function newestRollout(configMaps: readonly StateRecord[]): Rollout | undefined {
  return configMaps
    .flatMap(({ name, state }) =>
      state.rollout === undefined ? [] : [{ name, state: { ...state, rollout: state.rollout } }],
    )
    .toSorted((a, b) => b.state.rollout.sequence - a.state.rollout.sequence)[0];
}

/** Number of the rollout of a configuration, to a deleted Deployment of this name too; -1 where it was never rolled out. */
export const rolloutSequence = ({ state: { rollout, formerRollout } }: StateRecord): number =>
  (rollout ?? formerRollout)?.sequence ?? -1;

/** As newestRollout, with rollouts to a deleted Deployment of this name. */
export const newestKnownRollout = <T extends StateRecord>(configMaps: readonly T[]): T | undefined =>
  configMaps.filter((one) => rolloutSequence(one) >= 0).toSorted((a, b) => rolloutSequence(b) - rolloutSequence(a))[0];

/** The ConfigMap of the newest rollout whose template was written: a process may die between the record and the template. */
export const newestWrittenRollout = (
  { configMaps }: Pick<StateOfBackend, 'configMaps'>,
  { deployment }: Pick<Target, 'deployment'>,
): Rollout | undefined =>
  newestRollout(configMaps.filter(({ state }) => state.rollout?.generation !== deployment.generation));

/**
 * The newest rollout to this container, as long as the profile has the variables: it did not hand them back to their owner since. A first
 * one counts once its template was written. A former profile of this name may have left its ConfigMaps; what others did to the variables before this
 * profile was created is no drift.
 */
export function rolloutInForce(
  backend: StateOfBackend,
  { deployment, container }: Target,
): StateOf<'rollout'> | undefined {
  const { rollout } = newestInForce(backend, deployment)?.state ?? {};
  if (rollout === undefined) return undefined;
  // An only container may have got another name.
  const isHere = (rollout.container ?? container.name) === container.name || deployment.containers.length === 1;
  return isHere ? rollout : undefined;
}

/** Name of the container to which settings were rolled out last, also on a deleted Deployment of this name, as long as the profile has the variables. */
export const recordedContainer = (backend: StateOfBackend, deployment: ObservedDeployment): string | undefined =>
  containerIn(newestInForce(backend, deployment)?.state ?? {});

const containerIn = ({ rollout, formerRollout }: ConfigState) => (rollout ?? formerRollout)?.container;

/** The ConfigMap of the newest rollout of this profile, unless the variables were handed back after it. */
function newestInForce<T extends StateRecord>(
  { profile, configMaps }: { readonly profile: StateOfBackend['profile']; readonly configMaps: readonly T[] },
  deployment: ObservedDeployment,
): T | undefined {
  // A process died, or was refused, between the record and the template. What was the profile's before that still is.
  const isUnwritten = ({ state: { rollout } }: StateRecord) =>
    rollout?.isFirst === true && rollout.generation === deployment.generation;
  const newest = newestKnownRollout(configMaps.filter((one) => !isUnwritten(one)));
  if (newest === undefined || newest.state.released !== undefined) return undefined;
  return (newest.state.rollout?.profile ?? profile.uid) === profile.uid ? newest : undefined;
}

/** Whether another owner has edited or removed the variables since the newest rollout, or created the Deployment without them. */
export function isDrift(backend: StateOfBackend, target: Target): boolean {
  const inUse = configMapInUse(target.container);
  const [first] = target.container.env.filter(({ name }) => name === VARIABLES[0]);
  if (inUse !== undefined && first !== undefined && isFromProfile(backend, first)) return false;
  if (wasCreatedAnew(backend, target.deployment) || rolloutInForce(backend, target) !== undefined) return true;
  return newestRollout(backend.configMaps) !== undefined && isManaged(backend, target);
}

/**
 * Whether a write of this ConfigMap puts back what was rolled out last. No window or debounce holds such a write: the settings are not
 * new, and pods run without them.
 */
export const isPutBack = (backend: StateOfBackend, target: Target, configMap: { readonly name: string } | undefined) =>
  configMap !== undefined &&
  newestKnownRollout(backend.configMaps)?.name === configMap.name &&
  isDrift(backend, target);

/** Whether the Deployment was deleted and created again since settings were rolled out to it. Its ConfigMaps may be deleted, too. */
function wasCreatedAnew({ profile }: StateOfBackend, { name, uid }: ObservedDeployment): boolean {
  const { deployment: known } = profile.status;
  return known !== undefined && known.name === name && known.uid !== uid;
}

/** Whether the profile has set the variables of this container, even if they were edited or removed since. */
export function isManaged(backend: StateOfBackend, { deployment, container }: Target): boolean {
  const set = containerWithReferences(backend, deployment, container);
  if (set !== undefined) return set === container;
  const rollout = rolloutInForce(backend, { deployment, container });
  return rollout !== undefined && (rollout.isFirst === undefined || rollout.completedAt !== undefined);
}

/** The variables from before they were adopted, by the newest rollout, else by the annotation of the Deployment. */
export const adoptedVariables = (
  { configMaps }: Pick<StateOfBackend, 'configMaps'>,
  { adoptedEnv }: ObservedDeployment,
): AdoptedVariables | undefined => newestKnownRollout(configMaps)?.state.adopted ?? parseAdopted(adoptedEnv);

/**
 * The container that has variables of the profile, `preferred` before the others; undefined where none has. It is the one from which
 * variables were adopted, else one that refers to a ConfigMap of the profile.
 */
export function managedContainer(
  backend: StateOfBackend,
  deployment: ObservedDeployment,
  preferred?: ObservedContainer,
): ObservedContainer | undefined {
  const { labels, containers } = deployment;
  const adoptedIn =
    labels.profile === backend.profile.name ? adoptedVariables(backend, deployment)?.container : undefined;
  return containers.find(({ name }) => name === adoptedIn) ?? containerWithReferences(backend, deployment, preferred);
}

function containerWithReferences(
  backend: StateOfBackend,
  { containers }: ObservedDeployment,
  preferred: ObservedContainer | undefined,
): ObservedContainer | undefined {
  const isSet = ({ env }: ObservedContainer) => env.some((variable) => isFromProfile(backend, variable));
  return preferred !== undefined && isSet(preferred) ? preferred : containers.find(isSet);
}

/**
 * Whether a variable comes from a ConfigMap of the profile. The form of a name proves nothing, unless the operator alone set it: the
 * ConfigMap may be deleted.
 */
export function isFromProfile(
  { profile, configMaps }: StateOfBackend,
  { name, source, sourceManagers }: ObservedVariable,
): boolean {
  if (!VARIABLES.some((variable) => variable === name) || source.kind !== 'configMap') return false;
  const isOperators = sourceManagers.length > 0 && sourceManagers.every((manager) => manager === FIELD_MANAGER);
  return (
    configMaps.some((one) => one.name === source.name) || (isOperators && isConfigMapNameOf(profile.name, source.name))
  );
}

/**
 * Whether another field manager owns one of the references to ConfigMaps in the container. The owner of an adopted variable owns its
 * name only.
 */
export const hasForeignReferences = ({ env }: ObservedContainer): boolean =>
  env.some(
    ({ name, source, sourceManagers }) =>
      VARIABLES.some((variable) => variable === name) &&
      source.kind === 'configMap' &&
      sourceManagers.some((manager) => manager !== FIELD_MANAGER),
  );
