/** Which probes run and which wait, over all profiles: what decides whether one more may start. */

export type RunningProbe = {
  readonly namespace: string;
  /** uid of the profile that started it; undefined where nobody owns it. */
  readonly ownerUid: string | undefined;
  /** Stands for the Secret and the connect string; undefined for a probe without a database. */
  readonly credentialsKey: string | undefined;
  /** Whether it counts against the limit of concurrent probes. */
  readonly holdsSlot: boolean;
  /** The Job to delete before another probe with the same credentials starts; undefined where that one has to wait. */
  readonly preemptible: { readonly job: string; readonly uid: string; readonly resourceVersion: string } | undefined;
};

export type WaitingProbe = {
  readonly namespace: string;
  /** Name of its profile. */
  readonly profile: string;
  /** uid of its profile. */
  readonly uid: string;
  readonly credentialsKey: string | undefined;
  /** When the last probe of this profile ended, in milliseconds since the epoch; 0 where there was none. */
  readonly servedAt: number;
};

export type ProbeQueue = {
  /** All that run or are being started. */
  readonly running: readonly RunningProbe[];
  /** All profiles that wait for a slot. */
  readonly waiting: readonly WaitingProbe[];
};
