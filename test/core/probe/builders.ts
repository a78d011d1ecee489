/** A profile whose proof is renewed each hour: its spec, its ConfigMap and its Jobs, and what the probe step makes of them. */
import type { ProbeStatus, ProfileSpec } from '../../../src/api/v1alpha1.ts';
import { EXIT_CODES, type Verdict } from '../../../src/contract/verdict.ts';
import { configWrites } from '../../../src/core/config/config-map.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import type { StepResult } from '../../../src/core/model/decision.ts';
import type { Observed, ObservedConfigMap, ObservedProbe } from '../../../src/core/model/observed.ts';
import { credentialsKeyOf, logonResultsKeyOf, renderedPodDigest } from '../../../src/core/probe/pod.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import { assessProbe } from '../../../src/core/probe/probe-succeeded.ts';
import {
  finishedProbe,
  NOW,
  observed,
  profile,
  proofState,
  renderedConfigMap,
  SETTINGS,
  spec,
  verdict,
} from '../builders.ts';

export const HOUR = 3_600_000;

export const probedSpec = spec({ probe: { intervalSeconds: 3600 } });
export const config = poolConfig('search', probedSpec.pool);
export const proofKey = proofKeyOf(probedSpec);
export const podDigest = renderedPodDigest(probedSpec, config, SETTINGS);
export const credentialsKey = probedSpec.database && credentialsKeyOf(probedSpec.database);
export const logonResultsKey = probedSpec.database && logonResultsKeyOf(probedSpec.database);

export const configMapWith = (state: ConfigState = {}): ObservedConfigMap =>
  renderedConfigMap(config, { state, resourceVersion: '5' });

/** The ConfigMap with a proof that was recorded at a time, in epoch milliseconds. */
export const provenConfigMap = (at: number, attempt = 1): ObservedConfigMap =>
  configMapWith({ proof: proofState({ proofKey, podDigest, at, attempt }) });

/** A Job of the spec that ended so long ago, with this verdict. */
export const finishedJob = (said: Verdict, agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe =>
  finishedProbe(said, EXIT_CODES[said.outcome], {
    proofKey,
    podDigest,
    credentialsKey,
    logonResultsKey,
    end: { succeeded: said.outcome === 'Succeeded', at: NOW - agoMs, reason: '', message: '' },
    createdAt: NOW - agoMs - 3000,
    ...changes,
  });

/** A Job of the spec that was created so long ago and whose pod still runs. */
export function runningJob(agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe {
  const probe = finishedJob(verdict(), agoMs, { job: 'search-probe-running', uid: 'running', createdAt: NOW - agoMs });
  const pods = probe.pods.map((pod) => ({ ...pod, ownerUid: 'running', terminated: undefined }));
  return { ...probe, end: undefined, pods, ...changes };
}

type Assessed = { readonly step: StepResult; readonly status: ProbeStatus | undefined };

/**
 * What the probe step of a profile with this spec comes to, whose ConfigMap is there: all that it writes as actions, and
 * `blocks` where it holds the rollout.
 */
export function assessProfile(changes: Partial<Observed>, wanted: ProfileSpec = probedSpec): Assessed {
  const seen = observed({
    profile: profile({ spec: { kind: 'valid', spec: wanted } }),
    configMaps: [configMapWith()],
    ...changes,
  });
  const { result, holdsRollout, status } = assessProbe(seen, wanted, config);
  const actions = [...configWrites(seen, result.configChanges ?? []), ...result.actions];
  return { step: { ...result, blocks: holdsRollout, actions }, status };
}

/** Kind and object name of each action of the probe step. */
export const probeActions = (changes: Partial<Observed>, wanted?: ProfileSpec): readonly string[] =>
  assessProfile(changes, wanted).step.actions.map(({ kind, object }) => `${kind} ${object.metadata.name}`);

/** The action that starts an attempt, as `probeActions` names it. */
export const startOfAttempt = (attempt: number): string => `startProbe search-probe-${proofKey}-${attempt}`;
