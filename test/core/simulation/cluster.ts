/** What the API server of a simulated namespace holds, and how one profile sees it through the operator's caches. */
import type { BackendUsage } from '../../../src/core/model/usage.ts';
import { backendUsage } from '../../../src/core/usage/backend-usage.ts';
import { isConfigMapNameOf, probeJobName } from '../../../src/core/model/naming.ts';
import type {
  Observed,
  ObservedBackend,
  ObservedConfigMap,
  ObservedDeployment,
  ObservedProbe,
  ObservedProfile,
  ObservedShared,
  EnvFromData,
} from '../../../src/core/model/observed.ts';
import { isOfBackend } from '../../../src/core/backend/pods.ts';
import { turnOf } from '../../../src/core/probe/pod.ts';
import type { RunningProbe } from '../../../src/core/model/probe-queue.ts';
import type { Pod, Set } from './pods.ts';
import { observed, shared } from '../builders.ts';

/** Everything that a cache may hold, by the kind whose watch may be behind. */
export type Cluster = {
  readonly deployment: readonly ObservedDeployment[];
  readonly configMaps: readonly ObservedConfigMap[];
  readonly replicaSets: readonly Set[];
  readonly pods: readonly Pod[];
  readonly probes: readonly ObservedProbe[];
  readonly answers: ObservedShared['logonResults'];
};

export type Kind = keyof Cluster;

/** What is read at once, or comes with the profiles, whose watch is never behind. */
export type Rest = {
  readonly now: number;
  readonly profiles: readonly ObservedProfile[];
  readonly isSaltThere: boolean;
  readonly sources: readonly EnvFromData[];
};

export const nameOfTarget = ({ spec }: ObservedProfile): string => {
  if (spec.kind === 'invalid') throw new Error('the world holds valid specs only');
  return spec.spec.targetRef.name;
};

export const isProbeOf = (profile: string, job: string) => job.startsWith(probeJobName(profile, '', 1).slice(0, -2));

/** As controller/observe see it. */
export function observedBy(profile: ObservedProfile, cluster: Cluster, rest: Rest): Observed {
  const { uid } = profile;
  const others = rest.profiles.filter((one) => one.uid !== uid);
  return {
    ...observedBackend(profile, cluster, rest),
    podSelectors: undefined,
    shared: shared({
      salt: rest.isSaltThere ? 'there' : 'missing',
      logonResults: cluster.answers,
      probes: cluster.probes.filter((one) => one.ownerUid !== uid && one.turn === turnIn(profile)),
      running: running(profile, others, cluster.probes, rest.now),
      waiting: others.filter(isWaiting).map((one) => ({
        namespace: one.namespace,
        profile: one.name,
        turn: turnIn(one),
        servedAt: Math.max(0, ...cluster.probes.map(({ job, end }) => (isProbeOf(one.name, job) ? (end?.at ?? 0) : 0))),
      })),
      budget: { group: 'tomehub', members: membersOf(others, cluster, rest) },
    }),
  };
}

function observedBackend(profile: ObservedProfile, cluster: Cluster, rest: Rest): ObservedBackend {
  const { name, uid } = profile;
  const deployment = cluster.deployment.find((one) => one.name === nameOfTarget(profile));
  const replicaSets = cluster.replicaSets.filter(({ template }) => template.labels.profile === name);
  return observed({
    now: rest.now,
    profile,
    deployment,
    configMaps: cluster.configMaps.filter((one) => isConfigMapNameOf(name, one.name)),
    replicaSets: replicaSets.map(({ template: _, ...set }) => set),
    pods: cluster.pods
      .filter(({ template }) => template.labels.profile === name)
      .filter((pod) => isOfBackend(pod, deployment, replicaSets)),
    probes: cluster.probes.filter(({ job }) => isProbeOf(name, job)),
    competitors: rest.profiles.filter((one) => one.uid !== uid && nameOfTarget(one) === nameOfTarget(profile)),
    envFromData: rest.sources,
  });
}

/** As controller/observe/database-groups.ts sees them: all profiles here are of one database. */
export const membersOf = (
  profiles: readonly ObservedProfile[],
  cluster: Cluster,
  rest: Rest,
): readonly BackendUsage[] => profiles.flatMap((one) => backendUsage(observedBackend(one, cluster, rest)) ?? []);

function isWaiting({ status, spec, isDeleting }: ObservedProfile): boolean {
  const isQueued = status.conditions?.some((one) => one.type === 'ProbeSucceeded' && one.reason === 'ProbeQueued');
  return isQueued === true && !isDeleting && spec.kind === 'valid' && !spec.spec.suspend;
}

const turnIn = ({ spec }: ObservedProfile) =>
  spec.kind === 'valid' && spec.spec.database !== undefined ? turnOf(spec.spec.database) : undefined;

/** Probes of others that run, or whose word their profile has not taken into its status. */
function running(
  { uid, namespace }: ObservedProfile,
  others: readonly ObservedProfile[],
  probes: readonly ObservedProbe[],
  now: number,
): RunningProbe[] {
  const isUnheard = ({ job, end }: ObservedProbe) =>
    end !== undefined &&
    now - end.at < 30_000 &&
    others.some(({ name, status }) => isProbeOf(name, job) && status.probe?.job !== job);
  return probes
    .filter((probe) => probe.ownerUid !== uid && (probe.end === undefined || isUnheard(probe)))
    .map(({ turn }) => ({ namespace, turn }));
}
