/**
 * Numbers of probes of one proof key. An attempt each second would reach the highest in 30 years, so somebody else wrote it, and there is
 * none above it. From there on attempts are in the order of their creation.
 */
export const MAX_ATTEMPTS = 1_000_000_000;

type Numbered = { readonly attempt: number };

/** The number of the attempt after these. */
export const nextAttempt = (numbers: readonly number[]): number => Math.min(MAX_ATTEMPTS, 1 + Math.max(0, ...numbers));

/** Whether a Job came after the one that gave a proof. A proof from the future tells no order. */
export const isAfter = (
  job: Numbered & { readonly createdAt: number },
  proof: Numbered & { readonly at: number },
  now: number,
): boolean =>
  job.attempt > proof.attempt || (proof.attempt === MAX_ATTEMPTS && (proof.at > now || job.createdAt > proof.at));
