/** What a run leaves: the raw samples, and on what they were taken. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CHECKOUT } from '../test/runner/folders.ts';
import { FIGURES, type FigureName, type Measurement } from './figures.ts';
import type { Options } from './options.ts';
import type { Failure, Outcome } from './taking.ts';

export type Machine = {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
};

export type Results = {
  readonly takenAt: string;
  readonly commit: string;
  readonly minutes: number;
  readonly machine: Machine;
  readonly kubernetes: string;
  readonly options: Options;
  /** Not so as long as parts are to come: what a run leaves that was cut off. */
  readonly isComplete: boolean;
  readonly failures: readonly Failure[];
  readonly measurements: readonly Measurement[];
};

/** To be asked before the first result is written: from then on the checkout is changed by the benchmark itself. */
export const commitHere = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: CHECKOUT, encoding: 'utf8' }).trim();

export function resultsOf(
  { measurements, failures }: Outcome,
  run: Pick<Results, 'commit' | 'options' | 'kubernetes' | 'minutes' | 'isComplete'>,
): Results {
  const model = cpus()[0]?.model ?? 'unknown';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const machine = { cores: cpus().length, cpu: model, memoryGb, node: process.version };
  return { takenAt: new Date().toISOString(), machine, ...run, failures, measurements };
}

/** One line a measurement, so that two runs can be compared by eye. */
export function writeResults(file: string, { measurements, ...rest }: Results): void {
  const rounded = (samples: readonly number[]) => samples.map((sample) => Math.round(sample * 1000) / 1000);
  const lines = measurements.map(({ floor, samples, ...one }) =>
    JSON.stringify({ ...one, samples: rounded(samples), ...(floor !== undefined && { floor: rounded(floor) }) }),
  );
  mkdirSync(dirname(file), { recursive: true });
  const head = JSON.stringify(rest, undefined, 2).slice(0, -2);
  writeFileSync(file, `${head},\n  "measurements": [\n    ${lines.join(',\n    ')}\n  ]\n}\n`);
}

/** When, on what and of what. */
export function oneLine({ takenAt, commit, machine, kubernetes, minutes }: Results): string {
  const { cores, cpu, memoryGb, node } = machine;
  return `Taken on ${takenAt.slice(0, 10)} of ${commit}, in ${minutes} minutes: ${cores} cores (${cpu}), ${memoryGb} GB, Kubernetes ${kubernetes} in kind, Node.js ${node}.`;
}

export const readResults = (file: string): Results => JSON.parse(readFileSync(file, 'utf8')) as Results;

/** What a run lacks: figures that were not taken, and samples that no measurement can have given. Empty where it is whole. */
export function defectsOf({ measurements, failures }: Outcome): readonly string[] {
  const taken = new Set(measurements.map(({ figure }) => figure));
  const missing = (Object.keys(FIGURES) as FigureName[]).filter((figure) => !taken.has(figure));
  const insane = measurements.filter(({ samples, floor = [] }) => {
    const all = [...samples, ...floor];
    return samples.length === 0 || all.some((sample) => !Number.isFinite(sample) || sample < 0);
  });
  return [
    ...failures.map(({ part, error }) => `${part}: ${error}`),
    ...missing.map((figure) => `${figure} was not taken`),
    ...insane.map(({ figure, samples }) => `${figure} cannot be ${JSON.stringify(samples)}`),
  ];
}
