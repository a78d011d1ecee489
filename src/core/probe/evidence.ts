/** What the probe Jobs and the ConfigMap say about the spec's configuration, and which part of it is recorded to outlive the Jobs. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { type Verdict } from '../../contract/verdict.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { isAfter } from '../model/attempt.ts';
import type { StateOf } from '../model/config-state.ts';
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { renderedPodDigest } from './pod.ts';
import { connectionKeyOf, PROOF_VERSION, proofKeyOf } from './proof-key.ts';
import { isStale, renewalAt } from './renewal.ts';
import { ownProbes } from './own-jobs.ts';
import { createdSince } from './pod-waiting.ts';
import type { ConfigChange } from '../model/decision.ts';
import { readVerdict } from './read-verdict.ts';

export type FinishedJob = ObservedProbe & { readonly end: NonNullable<ObservedProbe['end']> };

export const isFinished = (probe: ObservedProbe): probe is FinishedJob => probe.end !== undefined;

/** Oldest first. */
const inOrder = (probes: readonly ObservedProbe[]) =>
  probes.toSorted((one, other) => one.attempt - other.attempt || one.createdAt - other.createdAt);

export type ProbeEvidence = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
  readonly proofKey: string;
  /** Digest of the pod that a probe would have now. */
  readonly podDigest: string;
  /** All Jobs of the profile, whatever they prove. */
  readonly mine: readonly ObservedProbe[];
  /** The Jobs that prove the configuration, oldest first. */
  readonly attempts: readonly ObservedProbe[];
  /** The proof in the state of the configuration, where it has this proof key. */
  readonly recordedProof: StateOf<'proof'> | undefined;
  /** The newest attempt. */
  readonly last: ObservedProbe | undefined;
  /** The newest finished attempt. */
  readonly ended: FinishedJob | undefined;
  /** The verdict of `ended`. */
  readonly verdict: Verdict | undefined;
  /** The newest proof, recorded or from `verdict`. It may be stale, or a later verdict may contradict it. */
  readonly proof: StateOf<'proof'> | undefined;
};

export function gatherEvidence(observed: Observed, spec: ProfileSpec, config: PoolConfig): ProbeEvidence {
  const mine = ownProbes(observed);
  const proofKey = proofKeyOf(spec);
  const podDigest = renderedPodDigest(spec, config, observed.settings);
  const attempts = inOrder(mine.filter((probe) => isAttempt(probe, { proofKey, podDigest }, observed)));
  const recorded = observed.configMaps.find(({ name }) => name === config.name)?.state.proof;
  const recordedProof = recorded?.proofKey === proofKey ? recorded : undefined;
  const ended = attempts.findLast(isFinished);
  const verdict = ended && readVerdict(ended, observed.profile.status.probe);
  const reported = ended && verdict && proofOf(ended, verdict, { spec, now: observed.now });
  const isReportedLater = recordedProof === undefined || (ended && isAfter(ended, recordedProof, observed.now));
  const proof = isReportedLater ? (reported ?? recordedProof) : recordedProof;
  const last = attempts.at(-1);
  return { observed, spec, config, proofKey, podDigest, mine, attempts, recordedProof, last, ended, verdict, proof };
}

/**
 * Whether a Job proves the configuration. Its pod is compared with the digest that the Job carries. So the Job itself must be as
 * this operator makes it, unless it was made before this process began to lead: another version of the operator may have made it.
 */
const isAttempt = (
  probe: ObservedProbe,
  { proofKey, podDigest }: { readonly proofKey: string; readonly podDigest: string },
  { settings }: Observed,
): boolean =>
  probe.proofKey === proofKey && (probe.podDigest === podDigest || wasMadeBefore(probe, settings.leadsSince));

/** By the clock of the cluster, and by the operator's: one of them may be an hour ahead. */
const wasMadeBefore = (probe: ObservedProbe, leadsSince: number): boolean =>
  Math.max(probe.createdAt, createdSince(probe)) <= leadsSince;

function proofOf(
  { proofKey, podDigest, image, attempt, requestedAt }: FinishedJob,
  { outcome, fingerprint }: Verdict,
  { spec, now }: { readonly spec: ProfileSpec; readonly now: number },
): StateOf<'proof'> | undefined {
  if (outcome !== 'Succeeded') return undefined;
  return {
    proofKey,
    connectionKey: connectionKeyOf(spec),
    podDigest,
    image: image.slice(0, 256),
    version: PROOF_VERSION,
    attempt,
    at: now,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(requestedAt !== undefined && { requestedAt }),
  };
}

/** The proof, if it is not stale and no later verdict contradicts it; else undefined. An Inconclusive verdict contradicts nothing. */
export function validProof(evidence: ProbeEvidence): StateOf<'proof'> | undefined {
  const { observed, ended, verdict, proof } = evidence;
  if (proof === undefined || isProofStale(evidence, proof)) return undefined;
  const isContradicted =
    ended !== undefined &&
    isAfter(ended, proof, observed.now) &&
    verdict?.outcome !== 'Succeeded' &&
    verdict?.outcome !== 'Inconclusive';
  return isContradicted ? undefined : proof;
}

/** A proof whose renewal still waits for a slot stands: nobody has tried it. */
function isProofStale(evidence: ProbeEvidence, proof: StateOf<'proof'>): boolean {
  const { observed, spec, last } = evidence;
  const isTried = last !== undefined && isAfter(last, proof, observed.now);
  return isTried && isStale(renewalOf(evidence, proof), spec.probe.intervalSeconds, observed.now);
}

/** When the proof is renewed, in milliseconds since the epoch; undefined for never. */
export const renewalOf = (
  { observed: { now, profile, settings }, spec, podDigest }: ProbeEvidence,
  proof: StateOf<'proof'>,
): number | undefined =>
  renewalAt({
    provenAt: proof.at,
    isOutdated: proof.podDigest !== podDigest,
    intervalSeconds: spec.probe.intervalSeconds,
    leadsSince: settings.leadsSince,
    seed: profile.uid,
    now,
  });

/** The Job that must be retained because its verdict is still read; undefined where the state of the configuration has the verdict. */
export function jobStillRead({ last, ended, proof, recordedProof }: ProbeEvidence): ObservedProbe | undefined {
  const isOnRecord = ended?.end.succeeded === true && recordedProof !== undefined && recordedProof === proof;
  return isOnRecord ? undefined : (ended ?? last);
}

/** The record of the proof on the ConfigMap, where it outlives the Job; empty where it is recorded. */
export const unrecordedProof = ({ config, proof, recordedProof }: ProbeEvidence): readonly ConfigChange[] =>
  proof === undefined || proof === recordedProof ? [] : [{ name: config.name, state: { proof } }];
