/** The probes of all profiles that run, and the profiles that wait for a probe slot. */

export type RunningProbe = {
  readonly namespace: string;
  /** uid of the profile that started the probe; undefined where the Job has no owner. */
  readonly ownerUid: string | undefined;
  /** Hash of the Secret and the connect string; undefined for a probe without a database. */
  readonly credentialsKey: string | undefined;
  /** Whether it counts against the limit of concurrent probes. */
  readonly holdsSlot: boolean;
  /** The Job, where another probe with its credentials may delete it and start; undefined where that probe has to wait. */
  readonly preemptible: PreemptibleJob | undefined;
};

export type PreemptibleJob = {
  readonly job: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Attempts in a row that failed before it. */
  readonly failures: number;
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
  /** All probes that run or are being started. */
  readonly running: readonly RunningProbe[];
  /** All profiles that wait for a slot. */
  readonly waiting: readonly WaitingProbe[];
};
