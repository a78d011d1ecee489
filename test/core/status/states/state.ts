/** A profile in a state, as the API server returns it. */
import { GROUP, KIND, type ProfileStatus, VERSION } from '../../../../src/api/v1alpha1.ts';
import { decide } from '../../../../src/core/decide.ts';
import type { Observed, ObservedProfile } from '../../../../src/core/model/observed.ts';
import { profile, spec } from '../../builders.ts';

/** What the library returns; `Terminating` for a profile that is being deleted. */
export type KStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

export type State = {
  readonly what: string;
  /** Of `Ready`. */
  readonly reason: string;
  readonly kstatus: KStatus;
  /** The profile as the API server returns it. */
  readonly object: object & { readonly status: ProfileStatus };
};

export const objectOf = ({ namespace, name, uid, generation, isDeleting }: ObservedProfile, status: ProfileStatus) => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: KIND,
  metadata: { namespace, name, uid, generation, ...(isDeleting && { deletionTimestamp: '2026-01-01T12:00:00Z' }) },
  status,
});

export const state = (what: string, reason: string, kstatus: KStatus, seen: Observed): State => ({
  what,
  reason,
  kstatus,
  object: objectOf(seen.profile, decide(seen).status),
});

export type SpecChanges = Parameters<typeof spec>[0];

/** The spec of the profile in a state, which has no probe. */
export const asks = (changes: SpecChanges = {}, rest: Partial<ObservedProfile> = {}): Pick<Observed, 'profile'> => ({
  profile: profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, ...changes }) }, ...rest }),
});
