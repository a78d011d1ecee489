/** What is known of the spec's configuration by its Jobs and its ConfigMap, and what of that is to outlive the Jobs. */
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

/** In the order in which they were made. */
const inOrder = (probes: readonly ObservedProbe[]) =>
  probes.toSorted((one, other) => one.createdAt - other.createdAt || one.attempt - other.attempt);

export type ProbeEvidence = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
  readonly probeHash: string;
  /** All Jobs of the profile. */
  readonly mine: readonly ObservedProbe[];
  /** The one that the ConfigMap keeps, of whatever probeHash. */
  readonly recordedProof: StateOf<'proof'> | undefined;
  /** The newest Job. */
  readonly last: ObservedProbe | undefined;
  /** The newest Job that has ended, and what it says. */
  readonly ended: FinishedJob | undefined;
  readonly verdict: Verdict | undefined;
  /** What the ConfigMap keeps, or the last verdict says. */
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
  said: StateOf<'proof'> | undefined,
): StateOf<'proof'> | undefined {
  return said !== undefined && said.at > (recorded?.at ?? -1) ? said : recorded;
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

/** Nothing speaks against the proof. */
export function validProof({ observed, spec, ended, verdict, proof }: ProbeEvidence): StateOf<'proof'> | undefined {
  if (proof === undefined || isStale(proof.at, spec.probe.intervalSeconds, observed.now)) return undefined;
  const isDenied =
    ended !== undefined &&
    ended.end.at > proof.at &&
    verdict?.outcome !== 'Succeeded' &&
    verdict?.outcome !== 'Inconclusive';
  return isDenied ? undefined : proof;
}

/** Whether a proof is young enough for a rollout. An older one is being renewed already. */
export function isProofFresh({ observed, spec, proof }: ProbeEvidence): boolean {
  const renewal = proof && renewalAt(proof.at, spec.probe.intervalSeconds, observed.profile.uid);
  return proof !== undefined && (renewal === undefined || observed.now < renewal);
}

/** The Job whose end is still read: all but the one that only says what the ConfigMap says, too. */
export function jobStillRead({ last, ended, proof, recordedProof }: ProbeEvidence): ObservedProbe | undefined {
  const isOnRecord = ended?.end.succeeded === true && recordedProof?.at === proof?.at;
  return isOnRecord ? undefined : (ended ?? last);
}

/** The proof, where the ConfigMap does not have it yet: it outlives the Job. */
export function unrecordedProof({ config, proof, recordedProof }: ProbeEvidence): readonly ConfigChange[] {
  const isNew = proof !== undefined && recordedProof?.at !== proof.at;
  return isNew ? [{ name: config.name, state: { proof } }] : [];
}
