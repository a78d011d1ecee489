/**
 * Which container's pool the profile manages: the one that the spec names, else the one to which settings were rolled out. A manifest that
 * puts another container first changes nothing. Before the first rollout it is the default container of `kubectl`, else the first one.
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { withStateFor } from '../model/config-state.ts';
import { type StepResult, stalled } from '../model/decision.ts';
import type { Observed, ObservedDeployment } from '../model/observed.ts';
import { managedContainer, recordedContainer, type StateOfBackend } from './managed-variables.ts';
import { notRolledOut, type Target } from './target.ts';

/** Guard: the Deployment and its container exist. */
export function targetExists({
  observed,
  spec,
}: {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
}): StepResult | { readonly target: Target } {
  const target = findTarget(observed, spec, observed.deployment);
  return 'progress' in target ? target : { target };
}

/** The Deployment and its container, or the result that reports which of them is missing. */
export function findTarget(
  backend: StateOfBackend,
  spec: ProfileSpec,
  deployment: ObservedDeployment | undefined,
): Target | StepResult {
  const { name } = spec.targetRef;
  if (deployment === undefined) {
    return stalled(
      notRolledOut('DeploymentNotFound', `There is no Deployment ${name} in this namespace (spec.targetRef.name).`),
    );
  }
  const { containers } = deployment;
  const requested = spec.targetRef.container ?? knownContainer(backend, deployment) ?? deployment.defaultContainer;
  const container = requested === undefined ? containers[0] : containers.find((one) => one.name === requested);
  if (container !== undefined) return { deployment, container };
  const where =
    spec.targetRef.container === undefined
      ? 'annotation kubectl.kubernetes.io/default-container'
      : 'spec.targetRef.container';
  return stalled(
    notRolledOut(
      'ContainerNotFound',
      `Deployment ${name} has no container ${requested} (${where}): it has ${containers.map((one) => one.name).join(', ')}.`,
    ),
  );
}

/** Name of the container that has the variables of the profile, or had them before somebody took them away. */
function knownContainer({ profile, configMaps }: StateOfBackend, deployment: ObservedDeployment): string | undefined {
  const backend = { profile, configMaps: withStateFor(deployment, configMaps) };
  const recorded = recordedContainer(backend, deployment);
  const isThere = deployment.containers.some(({ name }) => name === recorded);
  return isThere ? recorded : managedContainer(backend, deployment)?.name;
}
