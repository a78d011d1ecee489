/** Something that the test bed needs of this machine. `summary` is text for a person: a version, or what is wrong. */
import type { Run } from '../runner/run.ts';

export type Prerequisite<T> =
  | { readonly kind: 'found'; readonly summary: string; readonly value: T }
  | {
      readonly kind: 'obtainable';
      readonly summary: string;
      /** What `obtain` does, as text after "will": `start dockerd`. */
      readonly will: string;
      readonly obtain: (run: Run) => Promise<T>;
    }
  | {
      readonly kind: 'missing';
      readonly summary: string;
      /** What a person can do about it. */
      readonly next: string;
    };
