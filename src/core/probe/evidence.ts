/** What the probe Jobs and the ConfigMap say about the spec's configuration, and which part of it is recorded to outlive the Jobs. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { type Verdict } from '../../contract/verdict.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import type { StateOf } from '../model/config-state.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { probeHashOf } from './pod.ts';
import { isStale, renewalAt } from './retry.ts';
import { ownProbes } from './own-jobs.ts';
import type { ConfigChange } from '../model/decision.ts';
import { readVerdict } from './read-verdict.ts';

export type FinishedJob = ObservedProbe & { readonly end: NonNullable<ObservedProbe['end']> };

export const isFinished = (probe: ObservedProbe): probe is FinishedJob => probe.end !== undefined;

/** By creation, oldest first. */
const inOrder = (probes: readonly ObservedProbe[]) =>
  probes.toSorted((one, other) => one.createdAt - other.createdAt || one.attempt - other.attempt);

export type ProbeEvidence = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
  readonly probeHash: string;
  /** All Jobs of the profile, whatever they prove. */
  readonly mine: readonly ObservedProbe[];
  /** The proof in the state of the configuration, whatever its probeHash. */
  readonly recordedProof: StateOf<'proof'> | undefined;
  /** The newest Job with this probeHash. */
  readonly last: ObservedProbe | undefined;
  /** The newest finished Job with this probeHash. */
  readonly ended: FinishedJob | undefined;
  /** The verdict of `ended`. */
  readonly verdict: Verdict | undefined;
  /** The newest proof with this probeHash, recorded or from `verdict`. It may be too old, or a later verdict may contradict it. */
  readonly proof: StateOf<'proof'> | undefined;
};

export function gatherEvidence(observed: Observed, spec: ProfileSpec, config: PoolConfig): ProbeEvidence {
  const mine = ownProbes(observed);
  const probeHash = probeHashOf(spec, config, observed.settings);
  const attempts = inOrder(mine.filter((probe) => probe.probeHash === probeHash));
  const recordedProof = observed.configMaps.find(({ name }) => name === config.name)?.state.proof;
  const ended = attempts.findLast(isFinished);
  const verdict = ended && readVerdict(ended, observed.profile.status.probe);
  const recorded = recordedProof?.probeHash === probeHash ? recordedProof : undefined;
  const proof = newer(recorded, ended && verdict && proofOf(ended, verdict));
  return { observed, spec, config, probeHash, mine, recordedProof, last: attempts.at(-1), ended, verdict, proof };
}

function newer(
  recorded: StateOf<'proof'> | undefined,
  reported: StateOf<'proof'> | undefined,
): StateOf<'proof'> | undefined {
  return reported !== undefined && reported.at > (recorded?.at ?? -1) ? reported : recorded;
}

function proofOf(
  { probeHash, end, requestedAt }: FinishedJob,
  { outcome, fingerprint }: Verdict,
): StateOf<'proof'> | undefined {
  if (outcome !== 'Succeeded') return undefined;
  return {
    probeHash,
    at: end.at,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(requestedAt !== undefined && { requestedAt }),
  };
}

/** The proof, if it is not stale and no later verdict contradicts it; else undefined. An Inconclusive verdict contradicts nothing. */
export function validProof({ observed, spec, ended, verdict, proof }: ProbeEvidence): StateOf<'proof'> | undefined {
  if (proof === undefined || isStale(proof.at, spec.probe.intervalSeconds, observed.now)) return undefined;
  const isContradicted =
    ended !== undefined &&
    ended.end.at > proof.at &&
    verdict?.outcome !== 'Succeeded' &&
    verdict?.outcome !== 'Inconclusive';
  return isContradicted ? undefined : proof;
}

/** Whether the proof is young enough for a rollout to start. An older one is being renewed already. */
export function isProofFresh({ observed, spec, proof }: ProbeEvidence): boolean {
  const renewal = proof && renewalAt(proof.at, spec.probe.intervalSeconds, observed.profile.uid);
  return proof !== undefined && (renewal === undefined || observed.now < renewal);
}

/** The Job that must be retained because its verdict is still read; undefined where the state of the configuration has the verdict. */
export function jobStillRead({ last, ended, proof, recordedProof }: ProbeEvidence): ObservedProbe | undefined {
  const isOnRecord = ended?.end.succeeded === true && recordedProof?.at === proof?.at;
  return isOnRecord ? undefined : (ended ?? last);
}

/** The record of the proof on the ConfigMap, where it outlives the Job; empty where it is recorded. */
export function unrecordedProof({ config, proof, recordedProof }: ProbeEvidence): readonly ConfigChange[] {
  const isNew = proof !== undefined && recordedProof?.at !== proof.at;
  return isNew ? [{ name: config.name, state: { proof } }] : [];
}
