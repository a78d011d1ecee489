/** The Job of a probe: which attempt it is, and that its pod runs once. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { ANNOTATION, LABEL, MANAGED_BY, profileControllerReference, probeJobName } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { logonResultsKeyOf, probePodSpec, credentialsKeyOf } from './pod.ts';
import type { KubeObject } from '../model/action.ts';

export type Attempt = {
  readonly proofKey: string;
  readonly podDigest: string;
  /** From 1 for each proof key. */
  readonly number: number;
  /** Attempts in a row that failed before this one. */
  readonly failures: number;
  /** Attempts in a row before this one that ended without a verdict. */
  readonly attemptsWithoutVerdict: number;
  /** Whether it sends credentials that were rejected before, because a user requested the probe. */
  readonly isForced: boolean;
};

/** The labels of a probe pod, without those that the Job controller adds. */
export const probeLabels = (profile: string, podLabels: Readonly<Record<string, string>>) => ({
  ...podLabels,
  ...MANAGED_BY,
  [LABEL.probe]: profile,
});

/** What a probe of the spec's configuration is made from. */
export type ProbeInput = {
  readonly observed: Pick<Observed, 'profile' | 'settings' | 'deployment' | 'probes'>;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
};

export function probeJob(
  { observed: { profile, settings, deployment, probes }, spec, config }: ProbeInput,
  { proofKey, podDigest, number, failures, attemptsWithoutVerdict, isForced }: Attempt,
): KubeObject {
  const { probeRequestedAt } = profile;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace: profile.namespace,
      name: freeName(probes, (at) => probeJobName(profile.name, proofKey, number + at)),
      labels: { ...MANAGED_BY, [LABEL.probe]: profile.name },
      annotations: {
        [ANNOTATION.proofKey]: proofKey,
        [ANNOTATION.podDigest]: podDigest,
        [ANNOTATION.attempt]: String(number),
        [ANNOTATION.failures]: String(failures),
        ...(attemptsWithoutVerdict > 0 && { [ANNOTATION.attemptsWithoutVerdict]: String(attemptsWithoutVerdict) }),
        ...(spec.database !== undefined && {
          [ANNOTATION.credentialsKey]: credentialsKeyOf(spec.database),
          [ANNOTATION.logonResultsKey]: logonResultsKeyOf(spec.database),
        }),
        ...(probeRequestedAt !== undefined && { [ANNOTATION.probeRequestedAt]: probeRequestedAt }),
      },
      ownerReferences: [profileControllerReference(profile.name, profile.uid)],
    },
    spec: {
      // One pod, once: only `decide` may repeat a logon that may have been rejected.
      backoffLimit: 0,
      // Nor does a disruption, such as a drain, start a second pod. The Job's failure reason reports it even if the pod is deleted.
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: {
        metadata: {
          labels: probeLabels(profile.name, spec.probe.podLabels),
          ...(isForced && { annotations: { [ANNOTATION.forceLogon]: 'true' } }),
        },
        spec: probePodSpec(spec, config, { settings, placement: deployment?.placement ?? {} }),
      },
    },
  };
}

/** The first name that no Job has. Jobs of a deleted profile of this name may still be there, and those that somebody else has made. */
function freeName(probes: Observed['probes'], nameAt: (index: number) => string): string {
  const taken = new Set(probes.map(({ job }) => job));
  let index = 0;
  while (index < taken.size && taken.has(nameAt(index))) index += 1;
  return nameAt(index);
}
