/**
 * Whether the operator may set the variables. Those that another owner has set are reported with owner and value, and unchanged
 * unless the profile says `adopt`. A variable with two entries always stops the profile: the last one counts, but
 * it is unclear which one its owner means.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { type StepResult, stalled } from '../model/decision.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { EnvFromData, Observed, ObservedContainer, ObservedVariable } from '../model/observed.ts';
import { VARIABLES } from '../model/variables.ts';
import { isManaged, managedContainer, recordedContainer } from './managed-variables.ts';
import { entryOf, notRolledOut, type Target } from './target.ts';

/** Milliseconds until the ConfigMaps of `envFrom`, which are not watched, are read again. */
const ENV_FROM_RETRY_MS = 30_000;

/** A variable that another owner set. */
type Conflict = {
  readonly description: string;
  /** Undefined for a variable that comes from `envFrom`. */
  readonly variable?: ObservedVariable;
};

type Claimed = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  /** The configuration of the spec. */
  readonly config: { readonly name: string };
  readonly target: Target;
};

/** Guard: no other owner has set the variables, or the profile adopts them: then `adopted` has their entries. */
export function variablesAreFree(claimed: Claimed): StepResult | { readonly adopted: readonly ObservedVariable[] } {
  const { spec, target } = claimed;
  const stop = containerHasChanged(claimed) ?? variableIsSetTwice(target);
  if (stop !== undefined) return stop;
  const conflicts = conflictsOf(claimed);
  if (conflicts.length === 0 || spec.targetRef.adopt)
    return { adopted: conflicts.flatMap(({ variable }) => variable ?? []) };
  const descriptions = conflicts.map(({ description }) => description).join('; ');
  const result = stalled(
    notRolledOut('VariableConflict', `${containerName(target)}: ${descriptions}. ${remedyFor(conflicts)}`),
  );
  return target.container.envFrom.length === 0 ? result : { ...result, requeueAfterMs: ENV_FROM_RETRY_MS };
}

const remedyFor = (conflicts: readonly Conflict[]): string =>
  conflicts.some(({ variable }) => variable !== undefined)
    ? 'Remove the variables from the manifest of their owner. Or set spec.targetRef.adopt: true, and then remove them from that manifest, because the API server rejects its next apply.'
    : 'Remove the keys from the ConfigMap, or set spec.targetRef.adopt: true to override them.';

const containerName = ({ deployment, container }: Target) =>
  `Deployment ${deployment.name}, container ${container.name}`;

function containerHasChanged({ observed, spec, target }: Claimed): StepResult | undefined {
  const { deployment, container } = target;
  const former = managedContainer(observed, deployment, container)?.name;
  if (former === container.name) return undefined;
  if (former !== undefined)
    return containerChanged(
      target,
      `has set the variables in container ${former}. Set spec.targetRef.container to that container again, or delete the profile with onDelete: Restore and apply it again.`,
    );
  const recorded = recordedContainer(observed, deployment) ?? container.name;
  const isGone = deployment.containers.every(({ name }) => name !== recorded);
  // An only container may have got another name.
  if (!isGone || deployment.containers.length === 1 || spec.targetRef.container !== undefined) return undefined;
  return containerChanged(
    target,
    `had set the variables in container ${recorded}, which the Deployment no longer has. Name the container that has the pool now in spec.targetRef.container.`,
  );
}

const containerChanged = (target: Target, what: string): StepResult =>
  stalled(notRolledOut('ContainerChanged', `${containerName(target)}: this profile ${what}`));

function variableIsSetTwice(target: Target): StepResult | undefined {
  const repeated = VARIABLES.flatMap((variable) => {
    const entries = entriesOf(target.container, variable);
    const last = entries.at(-1);
    return last === undefined || entries.length === 1
      ? []
      : [`${variable} is set ${entries.length} times, and the last entry counts: ${describeSource(last)}`];
  });
  if (repeated.length === 0) return undefined;
  return stalled(
    notRolledOut(
      'DuplicateVariable',
      `${containerName(target)}: ${repeated.join('; ')}. Leave one entry of each, or none.`,
    ),
  );
}

/**
 * After the operator's first rollout, an edit of the variables is drift and no conflict. After a rollback to the variables from
 * before the profile, they belong to their owner again, and are conflicts.
 */
function conflictsOf({ observed, config, target }: Claimed): readonly Conflict[] {
  const { configMaps, envFromData = [] } = observed;
  const { container } = target;
  if (isManaged(observed, target)) return [];
  const own = [config.name, ...configMaps.map(({ name }) => name)];
  return VARIABLES.flatMap((variable) => {
    const entry = entryOf(container, variable);
    return entry === undefined ? conflictFromEnvFrom(variable, container, envFromData) : conflictFromEntry(own, entry);
  });
}

const entriesOf = ({ env }: ObservedContainer, variable: string) => env.filter(({ name }) => name === variable);

/**
 * `own` has the names of the profile's ConfigMaps. The form of a name proves nothing: a ConfigMap of kustomize has a suffix that looks
 * like the operator's hash.
 */
function conflictFromEntry(own: readonly string[], entry: ObservedVariable): Conflict[] {
  const { name, source, managers, sourceManagers } = entry;
  // Of a former profile. Whoever owned the variable before that one adopted it still owns its name.
  const isFormer =
    source.kind === 'configMap' &&
    sourceManagers.length > 0 &&
    sourceManagers.every((manager) => manager === FIELD_MANAGER);
  if (isFormer) return [];
  const others = managers.filter((manager) => manager !== FIELD_MANAGER);
  if (managers.length > 0 && others.length === 0) return [];
  if (source.kind === 'configMap' && source.key === name && own.includes(source.name)) return [];
  const owners = others.length === 0 ? 'an unknown owner' : others.join(' and ');
  return [{ description: `${name} is ${describeSource(entry)}, set by ${owners}`, variable: entry }];
}

/** A variable from `envFrom`: the operator's entry would shadow it, without a conflict at the API server. The last source wins. */
function conflictFromEnvFrom(
  variable: string,
  { envFrom }: ObservedContainer,
  sources: readonly EnvFromData[],
): Conflict[] {
  const found = envFrom.findLast(
    ({ kind, name, prefix }) =>
      kind === 'ConfigMap' &&
      variable.startsWith(prefix) &&
      valueIn(sources, name, variable.slice(prefix.length)) !== undefined,
  );
  if (found === undefined) return [];
  const key = variable.slice(found.prefix.length);
  const value = valueIn(sources, found.name, key);
  return [{ description: `${variable} is "${value}", by key ${key} of ConfigMap ${found.name} (envFrom)` }];
}

const valueIn = (sources: readonly EnvFromData[], name: string, key: string) =>
  sources.find((source) => source.name === name)?.data[key];

function describeSource({ source }: ObservedVariable): string {
  switch (source.kind) {
    case 'value':
      return `"${source.value}"`;
    case 'configMap':
      return `key ${source.key} of ConfigMap ${source.name}`;
    case 'other':
      return source.description;
  }
}
