/** What is known of the wanted configuration by its Jobs and its ConfigMap, and what of it is to outlive the Jobs. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { STAGES, type Verdict } from '../../contract/verdict.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import { annotated } from '../config/config-map.ts';
import type { StateOf } from '../model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedProbe } from '../model/observed.ts';
import { recording } from './logon-results.ts';
import { probeHashOf } from './pod.ts';
import { isStale, renewalAt } from './retry.ts';
import { ownProbes } from './own-jobs.ts';
import { hasOnlyWaited } from './pod-waiting.ts';
import type { Action } from '../model/action.ts';
import { verdictOf, wordsOf } from './read-verdict.ts';

export type Ended = ObservedProbe & { readonly end: NonNullable<ObservedProbe['end']> };

export const hasEnded = (probe: ObservedProbe): probe is Ended => probe.end !== undefined;

/** In the order in which they were made. */
const inOrder = (probes: readonly ObservedProbe[]) =>
  probes.toSorted((one, other) => one.createdAt - other.createdAt || one.attempt - other.attempt);

/** What is known of the wanted configuration. */
export type Known = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly config: PoolConfig;
  readonly probeHash: string;
  /** All Jobs of the profile. */
  readonly mine: readonly ObservedProbe[];
  readonly configMap: ObservedConfigMap | undefined;
  /** The newest Job. */
  readonly last: ObservedProbe | undefined;
  /** The newest Job that has ended, and what it says. */
  readonly ended: Ended | undefined;
  readonly verdict: Verdict | undefined;
  /** What the ConfigMap keeps, or the last verdict says. */
  readonly proof: StateOf<'proof'> | undefined;
};

export function knownOf(observed: Observed, spec: ProfileSpec, config: PoolConfig): Known {
  const mine = ownProbes(observed);
  const probeHash = probeHashOf(spec, config, observed.settings);
  const attempts = inOrder(mine.filter((probe) => probe.probeHash === probeHash));
  const configMap = observed.configMaps.find(({ name }) => name === config.name);
  const ended = attempts.findLast(hasEnded);
  const verdict = ended && verdictOf(ended, observed.profile.status.probe);
  const state = configMap?.state.proof;
  const marked = state?.probeHash === probeHash ? state : undefined;
  const proof = newer(marked, ended && verdict && proofOf(ended, verdict));
  return { observed, spec, config, probeHash, mine, configMap, last: attempts.at(-1), ended, verdict, proof };
}

function newer(marked: StateOf<'proof'> | undefined, said: StateOf<'proof'> | undefined): StateOf<'proof'> | undefined {
  return said !== undefined && said.at > (marked?.at ?? -1) ? said : marked;
}

function proofOf(
  { probeHash, end, requestedAt }: Ended,
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
export function standingProof({ observed, spec, ended, verdict, proof }: Known): StateOf<'proof'> | undefined {
  if (proof === undefined || isStale(proof.at, spec.probe.intervalSeconds, observed.now)) return undefined;
  const isDenied =
    ended !== undefined &&
    ended.end.at > proof.at &&
    verdict?.outcome !== 'Succeeded' &&
    verdict?.outcome !== 'Inconclusive';
  return isDenied ? undefined : proof;
}

/** Whether a proof is young enough to roll a backend by it. An older one is being renewed already. */
export function isProofFresh(observed: Observed, spec: ProfileSpec, config: PoolConfig): boolean {
  const { proof } = knownOf(observed, spec, config);
  const renewal = proof && renewalAt(proof.at, spec.probe.intervalSeconds, observed.profile.uid);
  return proof !== undefined && (renewal === undefined || observed.now < renewal);
}

/** The Job whose end is still read: all but the one that only says what the ConfigMap says, too. */
export function neededOf({ last, ended, proof, configMap }: Known): ObservedProbe | undefined {
  const isOnRecord = ended?.end.succeeded === true && configMap?.state.proof?.at === proof?.at;
  return isOnRecord ? undefined : (ended ?? last);
}

/** The proof, where the ConfigMap does not have it yet: it outlives the Job. */
export function proofToKeep({ observed, proof, configMap }: Known): Action[] {
  const isNew = proof !== undefined && configMap !== undefined && configMap.state.proof?.at !== proof.at;
  return isNew ? [annotated(observed.profile, configMap, { proof })] : [];
}

/**
 * What the databases said to the credentials, where that is not written down yet. Whatever else holds a profile up, this is
 * kept: other profiles use the same credentials. So are the words of others who share its turn, before it is this one's, and
 * those about numbers, Secrets and databases that are not wanted any more.
 */
export function answersToKeep(observed: Observed): Action[] {
  const words = [...ownProbes(observed), ...observed.shared.probes].flatMap((probe) => {
    const { answersKey: key } = probe;
    return key === undefined ? [] : wordsOf(probe).map((word) => ({ ...word, key }));
  });
  const inTime = words.toSorted((one, other) => one.at - other.at);
  return recording(observed.profile.namespace, observed.shared, inTime);
}

/** Whether a Job of whatever numbers has, or had, a person's word. */
export const isWordTaken = (observed: Observed): boolean => isOnRecord(observed) || bearersOf(observed).length > 0;

/** Whether the real try that a person asked for is still to come: nobody has the word, or nothing came of it. */
export const isTryOwed = (observed: Observed): boolean =>
  !isOnRecord(observed) && bearersOf(observed).every((probe) => hadNoSay(observed, probe));

/** Whether the word needs no probe any more. A Job that has not ended may still go without having sent anything. */
export const isWordHeard = (observed: Observed): boolean =>
  isOnRecord(observed) || bearersOf(observed).some((probe) => hasEnded(probe) && !hadNoSay(observed, probe));

/** There is no word, or status or proof remember it. */
function isOnRecord({ profile: { probeRequestedAt: word, status }, configMaps }: Observed): boolean {
  return (
    word === undefined ||
    status.handledRequests?.probe === word ||
    configMaps.some(({ state }) => state.proof?.requestedAt === word)
  );
}

const bearersOf = (observed: Observed) =>
  ownProbes(observed).filter(({ requestedAt }) => requestedAt === observed.profile.probeRequestedAt);

/** Whether a forced Job ended without having sent the credentials: it only waited, or was taken away before that. */
function hadNoSay({ profile }: Observed, probe: ObservedProbe): boolean {
  if (!probe.isForced || !hasEnded(probe)) return false;
  const { reason, stage } = verdictOf(probe, profile.status.probe);
  const isBeforeLogon = STAGES.indexOf(stage) < STAGES.indexOf('logon');
  return hasOnlyWaited(probe) || reason === 'ProbeDisrupted' || (reason === 'Interrupted' && isBeforeLogon);
}
