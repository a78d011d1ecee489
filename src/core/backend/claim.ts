/**
 * Which of several profiles of one Deployment is heard. A Deployment has one: they write under one field manager, and
 * what one applies would take away what the other did.
 */
import type { ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { type StepResult, stalled } from '../model/decision.ts';
import { notRolled } from './target.ts';

/** The step that says who is heard in place of this profile; undefined where it is heard itself. */
export function claimedByOther(
  profile: ObservedProfile,
  rivals: readonly ObservedProfile[],
  deployment: ObservedDeployment,
): StepResult | undefined {
  const owner = deployment.labels.profile;
  const first = claimant([profile, ...rivals], owner);
  if (first === undefined || first.name === profile.name) return undefined;
  const why = first.name === owner ? 'already sets its variables' : 'names it too and is older';
  return stalled(
    notRolled(
      'TargetClaimed',
      `Profile ${first.name} ${why}: Deployment ${deployment.name} can have one profile. This one goes on by itself once that is gone.`,
    ),
  );
}

type Rival = Pick<ObservedProfile, 'name' | 'createdAt' | 'isDeleting'>;

/** Of the profiles of one Deployment the one that is heard: the `owner` by the label of its template, else the oldest. */
export const claimant = <T extends Rival>(profiles: readonly T[], owner: string | undefined): T | undefined =>
  profiles
    .filter((one) => !one.isDeleting || one.name === owner)
    .toSorted((a, b) => Number(b.name === owner) - Number(a.name === owner) || byAge(a, b))[0];

const byAge = (a: Rival, b: Rival) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
