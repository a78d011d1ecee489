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
import { withRolloutProgress } from '../../../src/core/backend/rollout-progress.ts';
import { withUnobservedSince } from '../../../src/core/backend/unobserved-since.ts';
import { otherClaimant } from '../../../src/core/backend/claim.ts';
import { isOfBackend } from '../../../src/core/backend/pods.ts';
import { credentialsKeyOf } from '../../../src/core/probe/pod.ts';
import type { RunningProbe, WaitingProbe } from '../../../src/core/model/probe-queue.ts';
import { isUnrecorded, runningProbe } from '../../../src/core/probe/concurrency.ts';
import { probeRequest } from '../../../src/core/probe/start.ts';
import { needsUnlabelledPods } from '../../../src/core/unlabelled-pods.ts';
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
  readonly settings: Observed['settings'];
  readonly profiles: readonly ObservedProfile[];
  readonly isSaltThere: boolean;
  readonly sources: readonly EnvFromData[];
};

export const nameOfTarget = (profile: ObservedProfile): string => specOf(profile).targetRef.name;

export const isProbeOf = (profile: string, job: string) => job.startsWith(probeJobName(profile, '', 1).slice(0, -2));

/** As controller/observe see it. */
export function observedBy(profile: ObservedProfile, cluster: Cluster, rest: Rest): Observed {
  const { uid } = profile;
  const others = rest.profiles.filter((one) => one.uid !== uid);
  const seen: Observed = {
    ...observedBackend(profile, cluster, rest),
    podSelectors: undefined,
    unlabelledPods: undefined,
    shared: shared({
      salt: rest.isSaltThere ? 'there' : 'missing',
      logonResults: cluster.answers,
      probes: cluster.probes.filter((one) => one.ownerUid !== uid && one.credentialsKey === turnIn(profile)),
      running: cluster.probes.flatMap((probe) => runningIn(probe, rest) ?? []),
      waiting: rest.profiles.filter(isWaiting).map((one) => waitingIn(one, cluster)),
      budget: { group: 'tomehub', members: membersOf(others, cluster, rest) },
    }),
  };
  return needsUnlabelledPods(seen) ? { ...seen, unlabelledPods: podsOf(seen.deployment, cluster) } : seen;
}

/** By the selector of the Deployment. */
const podsOf = (deployment: ObservedDeployment | undefined, { replicaSets, pods }: Cluster): readonly Pod[] => {
  const uids = replicaSets.filter(({ ownerUid }) => ownerUid === deployment?.uid).map(({ uid }) => uid);
  return pods.filter(({ ownerUid }) => uids.includes(ownerUid ?? ''));
};

function observedBackend(profile: ObservedProfile, cluster: Cluster, rest: Rest): ObservedBackend {
  const { name, uid } = profile;
  const deployment = cluster.deployment.find((one) => one.name === nameOfTarget(profile));
  const replicaSets = cluster.replicaSets.filter(({ template }) => template.labels.profile === name);
  const rivals = rest.profiles.filter((one) => one.uid !== uid && nameOfTarget(one) === nameOfTarget(profile));
  const claimOf = (one: ObservedProfile) => ({ profile: one, configMaps: configMapsOf(one, cluster) });
  const seen = observed({
    now: rest.now,
    settings: rest.settings,
    profile,
    deployment,
    configMaps: configMapsOf(profile, cluster),
    replicaSets: replicaSets.map(({ template: _, ...set }) => set),
    pods: cluster.pods
      .filter(({ template }) => template.labels.profile === name)
      .filter((pod) => isOfBackend(pod, deployment, replicaSets)),
    probes: cluster.probes.filter(({ job }) => isProbeOf(name, job)),
    claimedBy: deployment && otherClaimant(claimOf(profile), rivals.map(claimOf), deployment),
    former: formerProfile(profile, deployment, cluster),
    envFromData: rest.sources,
  });
  return withRolloutProgress(withUnobservedSince(seen));
}

const configMapsOf = ({ name }: ObservedProfile, { configMaps }: Cluster) =>
  configMaps.filter((one) => isConfigMapNameOf(name, one.name));

/** As controller/observe/backend.ts sees it. */
function formerProfile(
  { name }: ObservedProfile,
  deployment: ObservedDeployment | undefined,
  cluster: Cluster,
): ObservedBackend['former'] {
  const isFormer = ({ template }: Set | Pod) => ![undefined, name].includes(template.labels.profile);
  const sets = cluster.replicaSets.filter((set) => set.ownerUid === deployment?.uid).filter(isFormer);
  const pods = cluster.pods.filter(isFormer).filter(({ ownerUid }) => sets.some(({ uid }) => uid === ownerUid));
  const inTemplate = (deployment?.containers ?? []).flatMap(({ env }) =>
    env.flatMap(({ source }) => (source.kind === 'configMap' ? [source.name] : [])),
  );
  const names = [...inTemplate, ...[...sets, ...pods].flatMap(({ configMaps }) => configMaps)];
  const isOwned = ({ owners }: ObservedConfigMap) => owners.some(({ uid }) => uid === deployment?.uid);
  return {
    replicaSets: sets.map(({ template: _, ...set }) => set),
    pods,
    configMaps: cluster.configMaps
      .filter((one) => names.includes(one.name) || isOwned(one))
      .filter((one) => !isConfigMapNameOf(name, one.name)),
  };
}

/** As controller/observe/database-groups.ts sees them: all profiles here are of one database. */
export const membersOf = (
  profiles: readonly ObservedProfile[],
  cluster: Cluster,
  rest: Rest,
): readonly BackendUsage[] => profiles.flatMap((one) => backendUsage(observedBackend(one, cluster, rest)) ?? []);

function isWaiting({ status, spec, isDeleting }: ObservedProfile): boolean {
  const isQueued = status.waitingFor?.includes('ProbeSlot');
  return isQueued === true && !isDeleting && spec.kind === 'valid' && !spec.spec.suspend;
}

const turnIn = ({ spec }: ObservedProfile) =>
  spec.kind === 'valid' && spec.spec.database !== undefined ? credentialsKeyOf(spec.spec.database) : undefined;

/** As controller/observe/probe-slots.ts sees them. */
function runningIn(probe: ObservedProbe, { profiles, now }: Rest): RunningProbe | undefined {
  const owner = profiles.find(({ name }) => isProbeOf(name, probe.job));
  const namespace = profiles[0]?.namespace ?? '';
  return runningProbe({ namespace, probe, isUnrecorded: isUnrecorded(probe, owner) }, now);
}

const waitingIn = (profile: ObservedProfile, { probes }: Cluster): WaitingProbe =>
  probeRequest({ profile, probes: probes.filter(({ job }) => isProbeOf(profile.name, job)) }, specOf(profile));

const specOf = ({ spec }: ObservedProfile) => {
  if (spec.kind === 'invalid') throw new Error('the world holds valid specs only');
  return spec.spec;
};
