/**
 * Whether the four variables are free or ours. What somebody else set is told, with owner and value, and left alone
 * unless the profile says `adopt`. A variable that is set twice is refused always: nobody knows which one is meant.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { VARIABLES } from '../model/variables.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from '../model/naming.ts';
import type { Observed, ObservedContainer, EnvFromData, ObservedVariable } from '../model/observed.ts';
import { done, type StepResult, stalled } from '../model/decision.ts';
import { managedContainer, isManagedBy, notRolled, type Target } from './target.ts';

/** A ConfigMap of `envFrom` is not watched: it is read again after this pause, in milliseconds. */
const READ_AGAIN_MS = 30_000;

/** A variable that somebody else set. */
type Conflict = {
  readonly words: string;
  /** Undefined for one that comes from `envFrom`. */
  readonly variable?: ObservedVariable;
};

export type Ownership = {
  readonly step: StepResult;
  /** The entries that are taken over. */
  readonly adopted: readonly ObservedVariable[];
};

export function variablesAreFree(
  { profile, envFromData: sources }: Observed,
  spec: ProfileSpec,
  { deployment, container }: Target,
): Ownership {
  const where = `Deployment ${deployment.name}, container ${container.name}`;
  const former = managedContainer(profile.name, deployment, container);
  if (former !== undefined && former.name !== container.name) {
    return stalledBy(
      'ContainerChanged',
      `${where}: this profile has set the variables in container ${former.name}. Set that back (targetRef.container, annotation kubectl.kubernetes.io/default-container, or the order of the containers), or delete the profile with onDelete: Restore and apply it again.`,
    );
  }
  const twice = VARIABLES.filter((variable) => entriesOf(container, variable).length > 1);
  if (twice.length > 0) {
    const words = twice.map((variable) => `${variable} is set ${entriesOf(container, variable).length} times`);
    return stalledBy('DuplicateVariable', `${where}: ${words.join('; ')}. Leave one of them, or none.`);
  }
  // Whatever was done since our first roll is drift, unless what stood there before was put back: then it is theirs again.
  const isOurs = deployment.labels.config !== undefined && isManagedBy(profile.name, { deployment, container });
  const conflicts = isOurs
    ? []
    : VARIABLES.flatMap((variable) => conflictOf(profile.name, variable, container, sources ?? []));
  if (conflicts.length === 0) return { step: done(notRolled('Available', '')), adopted: [] };
  if (spec.targetRef.adopt) {
    return { step: done(notRolled('Available', '')), adopted: conflicts.flatMap(({ variable }) => variable ?? []) };
  }
  const words = conflicts.map((conflict) => conflict.words).join('; ');
  return stalledBy(
    'VariableConflict',
    `${where}: ${words}. Remove it there and the operator goes on by itself, or set targetRef.adopt: true and then drop it from its manifest, for the API server will refuse to apply it again.`,
    container.envFrom.length === 0 ? undefined : READ_AGAIN_MS,
  );
}

function stalledBy(reason: string, message: string, requeueAfterMs?: number): Ownership {
  const step = stalled(notRolled(reason, message));
  return { step: requeueAfterMs === undefined ? step : { ...step, requeueAfterMs }, adopted: [] };
}

const entriesOf = ({ env }: ObservedContainer, variable: string) => env.filter(({ name }) => name === variable);

function conflictOf(
  profile: string,
  variable: string,
  container: ObservedContainer,
  sources: readonly EnvFromData[],
): Conflict[] {
  const [entry] = entriesOf(container, variable);
  if (entry === undefined) return conflictFromEnvFrom(variable, container, sources);
  const others = entry.managers.filter((manager) => manager !== FIELD_MANAGER);
  if (entry.managers.length > 0 && others.length === 0) return [];
  const { source } = entry;
  if (source.kind === 'configMap' && source.key === variable && isConfigMapNameOf(profile, source.name)) return [];
  const owners = others.length === 0 ? 'an unknown owner' : others.join(' and ');
  return [{ words: `${variable} is ${sourceInWords(entry)}, set by ${owners}`, variable: entry }];
}

/** A variable that comes from `envFrom`: ours would shadow it, and the API server would see no conflict. The last source wins. */
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
  return [{ words: `${variable} is "${value}", by key ${key} of ConfigMap ${found.name} (envFrom)` }];
}

const valueIn = (sources: readonly EnvFromData[], name: string, key: string) =>
  sources.find((source) => source.name === name)?.data[key];

function sourceInWords({ source }: ObservedVariable): string {
  switch (source.kind) {
    case 'value':
      return `"${source.value}"`;
    case 'configMap':
      return `key ${source.key} of ConfigMap ${source.name}`;
    case 'other':
      return source.words;
  }
}
