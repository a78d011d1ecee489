/** The results of a run: the raw samples, and the machine and options they come from. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CHECKOUT } from '../test/runner/folders.ts';
import { FIGURES, type FigureName, type Measurement } from './figures.ts';
import type { Options } from './options.ts';
import type { Failure, Outcome } from './measure.ts';

export type Machine = {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
};

export type Results = {
  readonly measuredAt: string;
  readonly commit: string;
  readonly minutes: number;
  readonly machine: Machine;
  readonly kubernetes: string;
  readonly options: Options;
  /** False until the last part has ended, so also for a run that was cut off. */
  readonly isComplete: boolean;
  readonly failures: readonly Failure[];
  readonly measurements: readonly Measurement[];
};

/** Call it before the first result is written: from then on the benchmark itself changes the checkout. */
export const commitHere = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: CHECKOUT, encoding: 'utf8' }).trim();

export function resultsOf(
  { measurements, failures }: Outcome,
  run: Pick<Results, 'commit' | 'options' | 'kubernetes' | 'minutes' | 'isComplete'>,
): Results {
  const model = cpus()[0]?.model ?? 'unknown';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const machine = { cores: cpus().length, cpu: model, memoryGb, node: process.version };
  return { measuredAt: new Date().toISOString(), machine, ...run, failures, measurements };
}

/** One line for each measurement, so that a diff of two runs is readable. */
export function writeResults(file: string, { measurements, ...rest }: Results): void {
  const rounded = (samples: readonly number[]) => samples.map((sample) => Math.round(sample * 1000) / 1000);
  const lines = measurements.map(({ baseline, samples, ...one }) =>
    JSON.stringify({
      ...one,
      samples: rounded(samples),
      ...(baseline !== undefined && { baseline: rounded(baseline) }),
    }),
  );
  mkdirSync(dirname(file), { recursive: true });
  const head = JSON.stringify(rest, undefined, 2).slice(0, -2);
  writeFileSync(file, `${head},\n  "measurements": [\n    ${lines.join(',\n    ')}\n  ]\n}\n`);
}

/** When, on which machine and at which commit the run was made. */
export function oneLine({ measuredAt, commit, machine, kubernetes, minutes }: Results): string {
  const { cores, cpu, memoryGb, node } = machine;
  return `Measured on ${measuredAt.slice(0, 10)} of ${commit}, in ${minutes} minutes: ${cores} cores (${cpu}), ${memoryGb} GB, Kubernetes ${kubernetes} in kind, Node.js ${node}.`;
}

export const readResults = (file: string): Results => JSON.parse(readFileSync(file, 'utf8')) as Results;

/** What is wrong with a run: parts that failed, figures that were not measured, impossible samples. Empty where it is complete. */
export function defectsOf({ measurements, failures }: Outcome): readonly string[] {
  const measured = new Set(measurements.map(({ figure }) => figure));
  const missing = (Object.keys(FIGURES) as FigureName[]).filter((figure) => !measured.has(figure));
  const insane = measurements.filter(({ samples, baseline = [] }) => {
    const all = [...samples, ...baseline];
    return samples.length === 0 || all.some((sample) => !Number.isFinite(sample) || sample < 0);
  });
  return [
    ...failures.map(({ part, error }) => `${part}: ${error}`),
    ...missing.map((figure) => `${figure} was not measured`),
    ...insane.map(({ figure, samples }) => `${figure} cannot be ${JSON.stringify(samples)}`),
  ];
}
