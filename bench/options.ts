/** The arguments of `npm run bench`: which parts, how many profiles, how often. */
import { parseArgs } from 'node:util';

export const PARTS = ['probe', 'end-to-end', 'cost', 'latency', 'throughput'] as const;
export type PartName = (typeof PARTS)[number];

export type Options = {
  readonly parts: readonly PartName[];
  /** Profiles in the cluster, one step after the other, each more than the last. */
  readonly profiles: readonly number[];
  /** Changes at once. */
  readonly changes: readonly number[];
  /** With so many profiles in the cluster; with more, up to `latencyUpTo`, the fewest changes alone. */
  readonly changesAt: number;
  /** Single changes of the latency, at each step. Beyond `latencyUpTo` profiles it is not measured. */
  readonly singles: number;
  readonly latencyUpTo: number;
  /** Repetitions of everything else. */
  readonly runs: number;
  /** Times that the operator is started with so many profiles, and watched when idle. */
  readonly processes: number;
  /**
   * Seconds from a start until it counts as when idle. V8 waits some 8 s before it takes up the garbage of the start, and
   * then collects twice: with less than 20 s here, that would be told as CPU when idle.
   */
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  /** `min` of the pool that the probe opens. */
  readonly mins: readonly number[];
};

export const FULL: Options = {
  parts: PARTS,
  profiles: [10, 1000, 5000, 10_000],
  changes: [200, 1000],
  changesAt: 1000,
  singles: 200,
  latencyUpTo: 5000,
  runs: 5,
  processes: 3,
  settleSeconds: 25,
  idleSeconds: 15,
  mins: [0, 5, 20],
};

/** Every part once, with little in it: whether figures come and are sane, never how good they are. */
export const SMOKE: Options = {
  ...FULL,
  profiles: [3, 8],
  changes: [5],
  changesAt: 8,
  singles: 3,
  latencyUpTo: 8,
  runs: 1,
  processes: 1,
  settleSeconds: 1,
  idleSeconds: 5,
  mins: [0, 2],
};

export type BenchArguments = { readonly options: Options; readonly keep: boolean; readonly isWhole: boolean };

/** Throws an Error that names the argument that is not understood. `isWhole`: the run takes all figures, in full. */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string', multiple: true },
      profiles: { type: 'string' },
      changes: { type: 'string' },
      singles: { type: 'string' },
      runs: { type: 'string' },
      idle: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const base = values.smoke ? SMOKE : FULL;
  const { keep, smoke, ...changed } = values;
  const profiles = values.profiles === undefined ? base.profiles : numbersIn('--profiles', values.profiles);
  const changes = values.changes === undefined ? base.changes : numbersIn('--changes', values.changes);
  const options = {
    ...base,
    parts: values.part === undefined ? base.parts : values.part.flatMap((names) => names.split(',').map(partIn)),
    profiles: profiles.toSorted((a, b) => a - b),
    changes,
    changesAt: firstWithRoom(profiles, Math.max(...changes)),
    singles: values.singles === undefined ? base.singles : numberIn('--singles', values.singles),
    runs: values.runs === undefined ? base.runs : numberIn('--runs', values.runs),
    idleSeconds: values.idle === undefined ? base.idleSeconds : numberIn('--idle', values.idle),
  };
  return { options, keep, isWhole: !smoke && Object.keys(changed).length === 0 };
}

/** The smallest number of profiles with room for so many changes at once; the largest where none has it. */
function firstWithRoom(profiles: readonly number[], changes: number): number {
  return profiles.toSorted((a, b) => a - b).find((count) => count >= changes) ?? Math.max(...profiles);
}

function partIn(name: string): PartName {
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new Error(`--part ${name}: there are ${PARTS.join(', ')}`);
  return part;
}

const numbersIn = (option: string, text: string) => text.split(',').map((number) => numberIn(option, number));

function numberIn(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${option} ${text}: expected whole numbers from 1`);
  return Number(text);
}
