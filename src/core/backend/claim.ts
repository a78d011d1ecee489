/**
 * Which profile has claimed a Deployment, where several name it. All profiles write with one field manager, so a second profile
 * of a Deployment would remove what the first has applied. Each profile decides alike, by what is on the ConfigMaps of all of them: who
 * takes labels away does not give the Deployment to another profile.
 */
import type { ConfigState } from '../model/config-state.ts';
import { FIELD_MANAGER, isConfigMapNameOf } from '../model/naming.ts';
import type { Claimant, Observed, ObservedDeployment, ObservedProfile, ObservedVariable } from '../model/observed.ts';
import { type StepResult, stalled } from '../model/decision.ts';
import { VARIABLES } from '../model/variables.ts';
import { newestKnownRollout } from './managed-variables.ts';
import { notRolledOut, type Target } from './target.ts';

/** Guard: no other profile has claimed the Deployment. */
export function targetIsUnclaimed({
  observed: { claimedBy },
  target: { deployment },
}: {
  readonly observed: Pick<Observed, 'claimedBy'>;
  readonly target: Target;
}): StepResult | undefined {
  if (claimedBy === undefined) return undefined;
  const why = claimedBy.hasRolledOut ? 'already sets its variables' : 'names it too and is older';
  return stalled(
    notRolledOut(
      'TargetClaimed',
      `Profile ${claimedBy.name} ${why}: Deployment ${deployment.name} can have one profile. This profile takes over as soon as that one is deleted.`,
    ),
  );
}

/** A profile that names a Deployment, and all of its ConfigMaps, with their whole state. */
export type Claim = {
  readonly profile: Pick<ObservedProfile, 'name' | 'uid' | 'createdAt' | 'isDeleting'>;
  readonly configMaps: readonly { readonly name: string; readonly state: ConfigState }[];
};

/** The profile that has claimed the Deployment, if that is none of `own`. */
export function otherClaimant(
  own: Claim,
  others: readonly Claim[],
  deployment: ObservedDeployment,
): Claimant | undefined {
  const [first] = [own, ...others]
    .map((claim) => ({ ...claim.profile, evidence: evidenceOf(claim, deployment) }))
    .filter(({ isDeleting, evidence }) => !isDeleting || evidence.isInTemplate)
    .toSorted(
      (a, b) => compare(b.evidence.order, a.evidence.order) || a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1),
    );
  if (first === undefined || first.name === own.profile.name) return undefined;
  return { name: first.name, hasRolledOut: first.evidence.order.some((one) => one > 0) };
}

/** From the strongest on. `isInTemplate`: the template has something of the profile, which has to go before another takes over. */
function evidenceOf({ profile, configMaps }: Claim, deployment: ObservedDeployment) {
  const isRecorded = (name: string) => configMaps.some((one) => one.name === name && wasRolledOutTo(deployment, one));
  const refersTo = deployment.containers.some(({ env }) => env.some((one) => isSetBy(profile, one, isRecorded)));
  const isLabelled = deployment.labels.profile === profile.name;
  const order = [Number(refersTo), newestGeneration({ profile, configMaps }, deployment), Number(isLabelled)];
  return { order, isInTemplate: refersTo || isLabelled };
}

function isSetBy(
  { name: profile }: Claim['profile'],
  { name, source, managers }: ObservedVariable,
  isRecorded: (configMap: string) => boolean,
): boolean {
  if (!VARIABLES.some((one) => one === name) || source.kind !== 'configMap') return false;
  const isOperators = managers.length > 0 && managers.every((manager) => manager === FIELD_MANAGER);
  return isConfigMapNameOf(profile, source.name) && (isOperators || isRecorded(source.name));
}

/** Whether the newest rollout of the configuration was to a Deployment of this name. */
export const wasRolledOutTo = (
  { name }: Pick<ObservedDeployment, 'name'>,
  { state: { rollout, formerRollout } }: { readonly state: ConfigState },
): boolean =>
  rollout === undefined
    ? formerRollout?.deployment === name
    : rollout.deployment === undefined || rollout.deployment.name === name;

/**
 * metadata.generation of the Deployment, from 1 on, after the newest rollout of the profile; 0 where that was to another Deployment. Only
 * generations of one Deployment are compared: 1 where that is deleted, and another one has its name.
 */
function newestGeneration({ profile, configMaps }: Claim, deployment: ObservedDeployment): number {
  const own = configMaps.filter(({ state }) => (state.rollout?.profile ?? profile.uid) === profile.uid);
  const newest = newestKnownRollout(own);
  if (newest === undefined || !wasRolledOutTo(deployment, newest)) return 0;
  const { rollout } = newest.state;
  return 1 + (rollout?.deployment?.uid === deployment.uid ? (rollout.generation ?? 0) : 0);
}

/** The first difference of two lists of one length. */
const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((one, index) => one - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
