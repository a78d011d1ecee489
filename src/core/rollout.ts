/** The one write to the Deployment, and how far its rollout is. */
import type { PoolNumbers, ProfileStatus } from '../profile.ts';
import { type Config, hasSameData, inWords, VARIABLES } from './config.ts';
import { configHashOfName, LABEL } from './naming.ts';
import type { ObservedConfigMap, ObservedDeployment, ObservedProfile } from './observed.ts';
import { type Action, done, type Finding, type Step } from './step.ts';
import { configMapInUse, type Target } from './target.ts';

export type RolloutReport = {
  readonly step: Step;
  /** Pods on the wanted configuration, of all: "3/5". */
  readonly pods: string;
  /** What all pods run with, as far as it is known. */
  readonly current: PoolNumbers | undefined;
};

/**
 * Rolls the Deployment where its template does not carry the wanted data, unless an earlier step holds, and follows
 * the rollout where it does. The data decides, not the ConfigMap's name: a new formula of the hash rolls nothing.
 */
export function rollOut(
  profile: ObservedProfile,
  target: Target,
  config: Config,
  configMaps: readonly ObservedConfigMap[],
  heldBy: Step | undefined,
): RolloutReport {
  const { deployment } = target;
  const inUse = configMapInUse(target.container);
  const configMap = configMaps.find(({ name }) => name === inUse);
  const carriesIt = inUse === config.name || (configMap !== undefined && hasSameData(configMap, config.data));
  if (carriesIt) {
    const step = rolloutIsDone(deployment);
    const available = Math.min(deployment.status.updatedReplicas, deployment.status.availableReplicas);
    return {
      step,
      pods: `${isObserved(deployment) ? available : 0}/${deployment.replicas}`,
      current:
        step.progress === 'Done'
          ? { ...config.numbers, hash: inUse === undefined ? config.hash : configHashOfName(inUse) }
          : profile.status.current,
    };
  }
  const report = { pods: `0/${deployment.replicas}`, current: currentOf(profile.status, inUse) };
  if (heldBy !== undefined) {
    const message = `Deployment ${deployment.name} is left as it is. ${heldBy.finding.message}`;
    return {
      ...report,
      step: { finding: rolledOut('False', 'Waiting', message), progress: heldBy.progress, holds: true, actions: [] },
    };
  }
  const from = profile.status.current === undefined ? '' : ` from ${inWords(profile.status.current)}`;
  return {
    ...report,
    step: {
      finding: rolledOut(
        'False',
        'RollingOut',
        `Deployment ${deployment.name} is being rolled${from} to ${inWords(config.numbers)}`,
      ),
      progress: 'Progressing',
      holds: false,
      actions: [pointAt(config, profile, target)],
    },
  };
}

/** What ran before is carried on from the status while another template is rolled; it is a report, nothing is decided by it. */
function currentOf(status: ProfileStatus, inUse: string | undefined): PoolNumbers | undefined {
  return inUse === undefined ? undefined : status.current;
}

const rolledOut = (status: 'True' | 'False', reason: string, message: string): Finding => ({
  type: 'RolledOut',
  status,
  reason,
  message,
});

/** Only the fields that are ours: four entries of one container's env and two labels of the pod template. */
function pointAt(config: Config, profile: ObservedProfile, { deployment, container }: Target): Action {
  const env = VARIABLES.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: config.name, key: name } } }));
  return {
    kind: 'apply',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        namespace: profile.namespace,
        name: deployment.name,
        uid: deployment.uid,
        resourceVersion: deployment.resourceVersion,
      },
      spec: {
        template: {
          metadata: { labels: { [LABEL.profile]: profile.name, [LABEL.config]: config.hash } },
          spec: { containers: [{ name: container.name, env }] },
        },
      },
    },
  };
}

const isObserved = (deployment: ObservedDeployment) => deployment.status.observedGeneration >= deployment.generation;

/** The same questions in the same order as `kubectl rollout status`. */
function rolloutIsDone(deployment: ObservedDeployment): Step {
  const { name, replicas, status } = deployment;
  const going = (reason: string, message: string, progress: 'Progressing' | 'Stalled' = 'Progressing'): Step => ({
    finding: rolledOut('False', reason, `Deployment ${name}: ${message}`),
    progress,
    holds: false,
    actions: [],
  });
  if (!isObserved(deployment)) return going('RollingOut', 'the rollout begins');
  if (status.deadlineExceeded !== undefined)
    return going('ProgressDeadlineExceeded', status.deadlineExceeded, 'Stalled');
  if (status.updatedReplicas < replicas) {
    if (deployment.paused)
      return going('DeploymentPaused', 'it is paused (spec.paused), so its pods are not replaced', 'Stalled');
    return going('RollingOut', `${status.updatedReplicas} of ${replicas} pods are new`);
  }
  if (status.replicas > status.updatedReplicas)
    return going('RollingOut', `${status.replicas - status.updatedReplicas} old pods are still there`);
  if (status.availableReplicas < status.updatedReplicas) {
    return going('RollingOut', `${status.availableReplicas} of ${status.updatedReplicas} new pods are available`);
  }
  return done(rolledOut('True', 'RolledOut', `Deployment ${name}: ${replicas} of ${replicas} pods run with it`));
}
