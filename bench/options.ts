/** The arguments of `npm run bench`: which parts, how many profiles, how often. */
import { parseArgs } from 'node:util';

export const PARTS = ['probe', 'end-to-end', 'cost', 'latency', 'throughput'] as const;
export type PartName = (typeof PARTS)[number];

export type Options = {
  readonly parts: readonly PartName[];
  /** Numbers of profiles in the cluster, ascending: one step for each. */
  readonly profiles: readonly number[];
  /** Numbers of changes at once. */
  readonly changes: readonly number[];
  /** Profiles in the cluster for all numbers of changes. With more profiles, up to `latencyUpTo`, only the smallest number. */
  readonly changesAt: number;
  /** Single changes for the latency, at each step. Latency is not measured beyond `latencyUpTo` profiles. */
  readonly singles: number;
  readonly latencyUpTo: number;
  /** Repetitions of everything else. */
  readonly runs: number;
  /** How often the operator is started, and measured when idle, for each number of profiles. */
  readonly processes: number;
  /**
   * Seconds from a start until the operator counts as idle. V8 waits some 8 s before it collects the garbage of the start,
   * and then collects twice: with less than 20 s here, that CPU would count as idle CPU.
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

/** Every part once, with small counts: checks that figures come and are possible, not how good they are. */
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

/** Throws an Error that names the argument that is not understood. `isWhole`: the run measures all figures with full counts. */
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
