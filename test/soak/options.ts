/** The arguments of `npm run soak` as numbers. */

const DEFAULT_MINUTES = 10;

type Values = { readonly minutes?: string; readonly hours?: string; readonly seed?: string };

/** Throws an Error for a value that is no such number. Without a seed, the clock chooses one. */
export function lengthAndSeed({ minutes, hours, seed }: Values): {
  readonly durationMs: number;
  readonly seed: number;
} {
  const length = minutes === undefined && hours !== undefined ? positive(hours) * 60 : positive(minutes);
  return {
    durationMs: length * 60_000,
    seed: seed === undefined ? Date.now() % 1_000_000 : wholeNumber(seed),
  };
}

function positive(text = String(DEFAULT_MINUTES)): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`expected a number above 0, got ${JSON.stringify(text)}`);
  return number;
}

/** The random numbers are drawn by whole numbers: 7.5 would repeat the run of 7. */
function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`expected a whole number of 0 or more, got ${JSON.stringify(text)}`);
  return Number(text);
}
