/** A profile of YAML files with its backend, as the budget sees it. */
import { type ProfileSpec, statusSchema } from '../../profile.ts';
import { MAX_VARIABLE, maxIn } from '../config.ts';
import { ANNOTATION } from '../naming.ts';
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
  return {
    member: {
      namespace,
      name,
      createdAt: 0,
      isEstablished: false,
      isUnderWay: false,
      policy: sessionsOf(spec.database).policy,
      use: useOf(profile, deployment, container, maxReplicasOf(deployment, manifests)),
      awaitedPods: 0,
      // The status of a profile that was read from a cluster has what its probes learnt.
      database: databaseOf(spec.database, statusSchema.safeParse(status).data?.database),
    },
    pool: spec.pool,
    hasReadinessProbe: container.readinessProbe !== undefined && container.readinessProbe !== null,
  };
}

type Container = Deployment['spec']['template']['spec']['containers'][number];

function useOf(
  { spec }: Profile,
  deployment: Deployment,
  { env }: Container,
  maxReplicas: number | undefined,
): PoolUse {
  const runningMax = maxIn(env.find((one) => one.name === MAX_VARIABLE)?.value);
  return {
    phase: 'Held',
    wantedMax: spec.pool.max,
    runningMax,
    stayingMax: runningMax,
    poolsPerPod: spec.pool.poolsPerPod,
    replicas: deployment.spec.replicas,
    maxReplicas,
    strategy: deployment.spec.strategy,
    pods: { old: 0, terminating: 0 },
  };
}

function maxReplicasOf({ metadata }: Deployment, { autoscalers }: Manifests): number | undefined {
  return autoscalers.find(
    (one) =>
      one.spec.scaleTargetRef.kind === 'Deployment' &&
      isNamed({ ...one.metadata, name: one.spec.scaleTargetRef.name }, metadata.namespace, metadata.name),
  )?.spec.maxReplicas;
}

const isNamed = (one: Deployment['metadata'], namespace: string, name: string) =>
  one.namespace === namespace && one.name === name;

function containerOf({ spec: { template } }: Deployment, wanted: string | undefined): Container | undefined {
  const name = wanted ?? template.metadata?.annotations?.[ANNOTATION.defaultContainer];
  const { containers } = template.spec;
  return name === undefined ? containers[0] : containers.find((one) => one.name === name);
}
