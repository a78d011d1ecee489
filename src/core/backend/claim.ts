/**
 * Which profile has claimed a Deployment, where several name it. All profiles write with one field manager, so a second profile
 * of a Deployment would remove what the first has applied.
 */
import type { Observed, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { type StepResult, stalled } from '../model/decision.ts';
import { notRolledOut, type Target } from './target.ts';

/** Guard: no other profile has claimed the Deployment. */
export function targetIsUnclaimed({
  observed: { profile, competitors },
  target: { deployment },
}: {
  readonly observed: Pick<Observed, 'profile' | 'competitors'>;
  readonly target: Target;
}): StepResult | undefined {
  const other = otherClaimant(profile, competitors, deployment);
  if (other === undefined) return undefined;
  const why = other.name === deployment.labels.profile ? 'already sets its variables' : 'names it too and is older';
  return stalled(
    notRolledOut(
      'TargetClaimed',
      `Profile ${other.name} ${why}: Deployment ${deployment.name} can have one profile. This profile takes over as soon as that one is deleted.`,
    ),
  );
}

/** The other profile that has claimed the Deployment; undefined where `profile` has. */
export function otherClaimant(
  profile: ObservedProfile,
  competitors: readonly ObservedProfile[],
  deployment: ObservedDeployment,
): ObservedProfile | undefined {
  const first = claimant([profile, ...competitors], deployment.labels.profile);
  return first === undefined || first.name === profile.name ? undefined : first;
}

type Claim = Pick<ObservedProfile, 'name' | 'createdAt' | 'isDeleting'>;

/**
 * Of all profiles that name a Deployment, the one that has claimed it: `owner`, the profile in the label of its pod template, else the
 * oldest. Undefined where all are being deleted.
 */
export const claimant = <T extends Claim>(profiles: readonly T[], owner: string | undefined): T | undefined =>
  profiles
    .filter((one) => !one.isDeleting || one.name === owner)
    .toSorted((a, b) => Number(b.name === owner) - Number(a.name === owner) || byAge(a, b))[0];

const byAge = (a: Claim, b: Claim) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
