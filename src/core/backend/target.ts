/** The container whose pool the profile manages: whether it exists, and where its variables come from. */
import type { ProfileSpec, ReasonOf } from '../../api/v1alpha1.ts';
import { VARIABLES } from '../model/variables.ts';
import type { Observed, ObservedContainer, ObservedDeployment, ObservedVariable } from '../model/observed.ts';
import { type ConditionDraft, type StepResult, stalled } from '../model/decision.ts';

export type Target = { readonly deployment: ObservedDeployment; readonly container: ObservedContainer };

/** The condition RolledOut. */
export const rolledOut = (
  status: ConditionDraft['status'],
  reason: ReasonOf<'RolledOut'>,
  message: string,
): ConditionDraft<'RolledOut'> => ({ type: 'RolledOut', status, reason, message });

export const notRolledOut = (reason: ReasonOf<'RolledOut'>, message: string): ConditionDraft<'RolledOut'> =>
  rolledOut('False', reason, message);

/** Guard: the Deployment and its container exist. */
export function targetExists({
  observed,
  spec,
}: {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
}): StepResult | { readonly target: Target } {
  const target = findTarget(spec, observed.deployment);
  return 'progress' in target ? target : { target };
}

/** The Deployment and its container, or the result that reports which of them is missing. */
export function findTarget(spec: ProfileSpec, deployment: ObservedDeployment | undefined): Target | StepResult {
  const { name } = spec.targetRef;
  if (deployment === undefined) {
    return stalled(
      notRolledOut('DeploymentNotFound', `There is no Deployment ${name} in this namespace (spec.targetRef.name).`),
    );
  }
  const requested = spec.targetRef.container ?? deployment.defaultContainer;
  const container =
    requested === undefined ? deployment.containers[0] : deployment.containers.find((one) => one.name === requested);
  if (container === undefined) {
    const names = deployment.containers.map((one) => one.name).join(', ');
    const where =
      spec.targetRef.container === undefined
        ? 'annotation kubectl.kubernetes.io/default-container'
        : 'spec.targetRef.container';
    return stalled(
      notRolledOut(
        'ContainerNotFound',
        `Deployment ${name} has no container ${requested} (${where}): it has ${names}.`,
      ),
    );
  }
  return { deployment, container };
}

/** The entry of a variable that counts; undefined where it has none. Of two entries of one name the kubelet takes the last. */
export const entryOf = ({ env }: ObservedContainer, variable: string): ObservedVariable | undefined =>
  env.findLast(({ name }) => name === variable);

/** Name of the ConfigMap from which all variables come; undefined where they do not all come from one. */
export function configMapInUse(container: ObservedContainer): string | undefined {
  const names = VARIABLES.map((variable) => {
    const found = entryOf(container, variable);
    return found?.source.kind === 'configMap' && found.source.key === variable ? found.source.name : undefined;
  });
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}
