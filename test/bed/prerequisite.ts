/** Something that the commands need of this machine: what was found, and what will be done where it is not there. */
import type { Run } from '../runner/run.ts';

export type Prerequisite<T> =
  | { readonly kind: 'found'; readonly words: string; readonly value: T }
  | {
      readonly kind: 'obtainable';
      readonly words: string;
      /** What will be done, for a person. */
      readonly will: string;
      readonly obtain: (run: Run) => Promise<T>;
    }
  | { readonly kind: 'missing'; readonly words: string; readonly next: string };
