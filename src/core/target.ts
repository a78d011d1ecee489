/** The container whose pool it is: whether it is there, and whether its four variables are ours to set. */
import type { ProfileSpec } from '../profile.ts';
import { type Config, VARIABLES } from './config.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from './naming.ts';
import type { ObservedContainer, ObservedDeployment, ObservedVariable } from './observed.ts';
import { done, type Finding, type Step, stalled } from './step.ts';

export type Target = { readonly deployment: ObservedDeployment; readonly container: ObservedContainer };

const notRolled = (reason: string, message: string): Finding => ({
  type: 'RolledOut',
  status: 'False',
  reason,
  message,
});

/** The Deployment and its container, or the step that says which of them is missing. */
export function findTarget(spec: ProfileSpec, deployment: ObservedDeployment | undefined): Target | Step {
  const { name } = spec.targetRef;
  if (deployment === undefined) {
    return stalled(
      notRolled('DeploymentNotFound', `There is no Deployment ${name} in this namespace (spec.targetRef.name).`),
    );
  }
  const wanted = spec.targetRef.container ?? deployment.defaultContainer;
  const container =
    wanted === undefined ? deployment.containers[0] : deployment.containers.find((one) => one.name === wanted);
  if (container === undefined) {
    const names = deployment.containers.map((one) => one.name).join(', ');
    const where =
      spec.targetRef.container === undefined
        ? 'annotation kubectl.kubernetes.io/default-container'
        : 'spec.targetRef.container';
    return stalled(
      notRolled('ContainerNotFound', `Deployment ${name} has no container ${wanted} (${where}): it has ${names}.`),
    );
  }
  return { deployment, container };
}

/** Name of the ConfigMap that all four variables come from; undefined where they don't come from one. */
export function configMapInUse(container: ObservedContainer): string | undefined {
  const names = VARIABLES.map((variable) => {
    const found = container.env.find(({ name }) => name === variable);
    return found?.source.kind === 'configMap' && found.source.key === variable ? found.source.name : undefined;
  });
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}

/** Whether the four variables are free or ours. What somebody else set is told, with owner and value, and left alone. */
export function nobodyElseOwnsIt(profile: string, { deployment, container }: Target, config: Config): Step {
  const problems = VARIABLES.flatMap((variable) => foreign(profile, variable, container, config));
  if (problems.length === 0) return done(notRolled('Free', ''));
  return stalled(
    notRolled(
      'VariableOwnedByOther',
      `Deployment ${deployment.name}, container ${container.name}: ${problems.join('; ')}. Remove it there and the operator goes on by itself.`,
    ),
  );
}

function foreign(profile: string, variable: string, container: ObservedContainer, config: Config): string[] {
  const entries = container.env.filter(({ name }) => name === variable);
  const [entry] = entries;
  if (entry === undefined) return [];
  if (entries.length > 1) return [`${variable} is set ${entries.length} times`];
  const others = entry.managers.filter((manager) => manager !== FIELD_MANAGER);
  if (isOurs(profile, entry) && (others.length === 0 || pointsAt(entry, config.name))) return [];
  return [
    `${variable} is ${sourceInWords(entry)}, set by ${others.length === 0 ? 'an unknown owner' : others.join(' and ')}`,
  ];
}

const isOurs = (profile: string, { source, name }: ObservedVariable) =>
  source.kind === 'configMap' && source.key === name && isConfigMapNameOf(profile, source.name);

const pointsAt = ({ source }: ObservedVariable, configMap: string) =>
  source.kind === 'configMap' && source.name === configMap;

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
