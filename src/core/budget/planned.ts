/** A profile of YAML files with its backend, as the budget sees it. */
import { type ProfileSpec, statusSchema } from '../../profile.ts';
import { MAX_VARIABLE, maxIn, VARIABLES } from '../config.ts';
import { ANNOTATION, LABEL } from '../naming.ts';
import { heardOf } from '../rivals.ts';
import type { Deployment, Manifests, Profile } from './manifests.ts';
import type { Member } from './member.ts';
import { databaseOf, sessionsOf } from './member-database.ts';
import type { PoolUse } from './peak.ts';

export type Planned = {
  readonly member: Member;
  readonly pool: ProfileSpec['pool'];
  readonly hasReadinessProbe: boolean;
};

/** A sentence where the backend cannot be found. Nothing is known of pods: all are taken to run with what the files say. */
export function plannedOf(profile: Profile, manifests: Manifests): Planned | string {
  const { metadata, spec, status } = profile;
  const { namespace, name } = metadata;
  const { targetRef } = spec;
  const deployment = manifests.deployments.find((one) => isNamed(one.metadata, namespace, targetRef.name));
  if (deployment === undefined)
    return `DbPoolProfile ${namespace}/${name}: there is no Deployment ${targetRef.name} among the objects`;
  const container = containerOf(deployment, targetRef.container);
  if (container === undefined)
    return `DbPoolProfile ${namespace}/${name}: Deployment ${targetRef.name} has no such container`;
  const heard = heardFor(deployment, manifests);
  if (heard !== undefined && heard !== name)
    return `DbPoolProfile ${namespace}/${name}: profile ${heard} names Deployment ${targetRef.name}, too, and is heard in its place`;
  // The status of a profile that was read from a cluster has what its probes learnt, and what its pods run with.
  const told = statusSchema.safeParse(status).data;
  return {
    member: {
      namespace,
      name,
      createdAt: millisecondsOf(metadata.creationTimestamp),
      isEstablished: false,
      isUnderWay: false,
      policy: sessionsOf(spec.database).policy,
      use: {
        phase: 'Held',
        wantedMax: spec.pool.max,
        ...runningOf(container, told?.current?.max),
        fallbackMax: undefined,
        poolsPerPod: spec.pool.poolsPerPod,
        replicas: deployment.spec.replicas,
        maxReplicas: maxReplicasOf(deployment, manifests),
        strategy: deployment.spec.strategy,
        pods: { old: 0, terminating: 0 },
      },
      awaitedPods: 0,
      database: databaseOf(spec.database, told?.database),
    },
    pool: spec.pool,
    hasReadinessProbe: container.readinessProbe !== undefined && container.readinessProbe !== null,
  };
}

type Container = Deployment['spec']['template']['spec']['containers'][number];

/** Name of the profile that the Deployment belongs to, of those that name it. */
function heardFor({ metadata, spec }: Deployment, { profiles }: Manifests): string | undefined {
  const named = profiles
    .filter((one) => one.metadata.namespace === metadata.namespace && one.spec.targetRef.name === metadata.name)
    .map((one) => ({
      name: one.metadata.name,
      createdAt: millisecondsOf(one.metadata.creationTimestamp),
      isDeleting: typeof one.metadata.deletionTimestamp === 'string',
    }));
  return heardOf(named, spec.template.metadata?.labels?.[LABEL.profile])?.name;
}

const millisecondsOf = (time: string | null | undefined) => Date.parse(time ?? '') || 0;

/** What its pods run with: the literal, or, where the variables come from a ConfigMap, what the profile's status says of it. */
function runningOf({ env }: Container, current: number | undefined): Pick<PoolUse, 'runningMax' | 'stayingMax'> {
  const isOurs = VARIABLES.every((variable) =>
    env.some(({ name, valueFrom }) => name === variable && valueFrom?.configMapKeyRef?.key === variable),
  );
  const literal = env.find(({ name }) => name === MAX_VARIABLE)?.value;
  const max = isOurs ? current : maxIn(literal);
  return { runningMax: max, stayingMax: max };
}

/** Of several autoscalers the largest counts, since each does as it likes. */
function maxReplicasOf({ metadata }: Deployment, { autoscalers }: Manifests): number | undefined {
  const found = autoscalers.filter(
    ({ metadata: { namespace }, spec: { scaleTargetRef } }) =>
      scaleTargetRef.kind === 'Deployment' && namespace === metadata.namespace && scaleTargetRef.name === metadata.name,
  );
  return found.length === 0 ? undefined : Math.max(...found.map(({ spec }) => spec.maxReplicas));
}

const isNamed = (one: Deployment['metadata'], namespace: string, name: string) =>
  one.namespace === namespace && one.name === name;

function containerOf({ spec: { template } }: Deployment, wanted: string | undefined): Container | undefined {
  const name = wanted ?? template.metadata?.annotations?.[ANNOTATION.defaultContainer];
  const { containers } = template.spec;
  return name === undefined ? containers[0] : containers.find((one) => one.name === name);
}
