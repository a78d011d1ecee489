/** Which statuses the API server rejects, and why: such a status is tried again ever less often. */
import type { ObservedProfile } from '../../core/model/observed.ts';
import { profileKey } from '../watch/caches.ts';

/** Milliseconds until the third try; the pause doubles with each further one. The second try comes at once: a cause may pass. */
const FIRST_PAUSE_MS = 5000;
const MAX_PAUSE_MS = 300_000;

type Rejection = {
  /** Of the spec. After an edit by a user, the status is tried again at once. */
  readonly generation: number;
  readonly error: string;
  /** How many times in a row. */
  readonly count: number;
  readonly heldUntil: number;
  /** The reduced status was rejected, too. */
  readonly isTotal: boolean;
};

export type Held = Pick<Rejection, 'error' | 'isTotal'> & { readonly waitMs: number };

type Profile = Pick<ObservedProfile, 'namespace' | 'name' | 'generation'>;

export class StatusRejections {
  readonly #now: () => number;
  readonly #byProfile = new Map<string, Rejection>();

  /** `now` is a monotonic clock, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Why the profile's status was rejected last, and for how long it is not tried again; undefined where it may be tried now. */
  holding(profile: Profile): Held | undefined {
    const found = this.#byProfile.get(profileKey(profile));
    const waitMs = found?.generation === profile.generation ? found.heldUntil - this.#now() : 0;
    return found === undefined || waitMs <= 0 ? undefined : { error: found.error, isTotal: found.isTotal, waitMs };
  }

  /** Notes a rejection. Returns how many there were in a row, with this one. */
  note(profile: Profile, error: string): number {
    const key = profileKey(profile);
    const count = (this.#byProfile.get(key)?.count ?? 0) + 1;
    const pauseMs = count === 1 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(count - 2, 10));
    const heldUntil = this.#now() + pauseMs;
    this.#byProfile.set(key, { generation: profile.generation, error, count, heldUntil, isTotal: false });
    return count;
  }

  /** Notes that the reduced status was rejected, too: until the whole one is tried again, there is nothing to write. */
  noteTotal(profile: Profile): void {
    const key = profileKey(profile);
    const found = this.#byProfile.get(key);
    if (found !== undefined) this.#byProfile.set(key, { ...found, isTotal: true });
  }

  /** `key` is "namespace/name" of the profile. */
  forget(key: string): void {
    this.#byProfile.delete(key);
  }
}
