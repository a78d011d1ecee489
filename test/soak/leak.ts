/**
 * Whether the memory of one process grows: the slope of its samples by Theil and Sen (the median of the slopes between all
 * pairs), which a few samples before or after a garbage collection do not move. Pure.
 */
import type { Finding } from './finding.ts';

export type Sample = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Resident. */
  readonly mebibytes: number;
};

export type Life = {
  /** Of one process that led while the changes went on and nothing else happened, oldest first. */
  readonly samples: readonly Sample[];
  /** Why they end before the calm did; undefined where they do not. */
  readonly cutShort: string | undefined;
};

const HOUR_MS = 3_600_000;

/** A process has loaded and listed everything by then. */
const WARM_MS = 30_000;

/** What a heap takes by and by until it has found its size is over by then. It is waited for where there is time to. */
const AT_REST_MS = 1_800_000;

/** A life at rest that is long enough for FINE: the noise of a heap, some MiB, is less than 0.4 MiB an hour in it. */
const LONG_MS = 2 * HOUR_MS;

/** MiB an hour in a long life. A leak of 30 MB a day is 1.2. */
const FINE = 0.8;

/** MiB in a shorter life, however short: by so much a young heap may still come to its size. */
const YOUNG_MAY_GROW = 8;

const LEAST_MS = 45_000;

/** Sen's slope looks at all pairs: more samples than this are taken together. */
const MOST_SAMPLES = 400;

const TITLE = 'the memory of the leader is flat while nothing befalls it';

export function memoryIsFlat({ samples, cutShort }: Life): Finding {
  const { judged, isLong } = part(samples);
  const ms = lasts(judged);
  if (ms < LEAST_MS || cutShort !== undefined) {
    const why = cutShort ?? `only ${inWords(ms)} of it were seen, less than ${inWords(LEAST_MS)}`;
    return { title: TITLE, holds: false, seen: `not measured: ${why}` };
  }
  const slope = slopePerHour(judged);
  const bound = isLong ? FINE : YOUNG_MAY_GROW / (ms / HOUR_MS);
  const tells = isLong
    ? 'a leak of 30 MB a day would have shown'
    : `a leak of less than ${bound.toFixed(0)} MiB an hour cannot be seen in so short a time; for 30 MB a day take --hours 8`;
  return {
    title: TITLE,
    holds: slope <= bound,
    seen: `${slope.toFixed(1)} MiB an hour over ${inWords(ms)}, at most ${bound.toFixed(1)} allowed: ${tells}`,
  };
}

/** The part of a life that is judged: all but its beginning. */
function part(samples: readonly Sample[]): { readonly judged: readonly Sample[]; readonly isLong: boolean } {
  const from = (ms: number) => samples.filter(({ at }) => at >= (samples[0]?.at ?? 0) + ms);
  const atRest = from(AT_REST_MS);
  const isLong = lasts(atRest) >= LONG_MS;
  return { judged: isLong ? atRest : from(WARM_MS), isLong };
}

const lasts = (samples: readonly Sample[]): number => (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);

export function slopePerHour(samples: readonly Sample[]): number {
  const few = thinned(samples);
  const slopes = few.flatMap((a, index) =>
    few.slice(index + 1).map((b) => ((b.mebibytes - a.mebibytes) / (b.at - a.at)) * HOUR_MS),
  );
  return median(slopes);
}

/** The medians of so many neighbours that no more than MOST_SAMPLES are left. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  const size = Math.ceil(samples.length / MOST_SAMPLES);
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, index) => {
    const together = samples.slice(index * size, (index + 1) * size);
    return { at: median(together.map(({ at }) => at)), mebibytes: median(together.map((one) => one.mebibytes)) };
  });
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

const inWords = (ms: number) => (ms < HOUR_MS ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / HOUR_MS).toFixed(1)} h`);
