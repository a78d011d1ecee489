/** Which other probes run or wait: what decides whether one more may start. */

export type RunningProbe = {
  readonly namespace: string;
  readonly turn: string | undefined;
  /** Its pod has not started for a while: it takes no place. */
  readonly idle?: {
    readonly job: string;
    readonly uid: string;
    readonly resourceVersion: string;
    /** Whether it gives up its turn, too: what it waits for is not what all of the turn would wait for. */
    readonly yields: boolean;
  };
};

export type WaitingProbe = RunningProbe & {
  readonly profile: string;
  /** When the last probe of this profile ended; 0 where there was none. */
  readonly servedAt: number;
};

export type Line = {
  /** Probes of all other profiles that run or are about to. */
  readonly running: readonly RunningProbe[];
  /** Other profiles that wait for their turn. */
  readonly waiting: readonly WaitingProbe[];
};
