/** The tables of docs/performance.md, in Markdown. */
import { FIGURES, type FigureName, type Measurement } from '../figures.ts';
import { median, slope } from '../statistics.ts';
import { measurementOf, type Row } from './goals.ts';

type Cells = readonly string[];

function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const goalsTable = (rows: readonly Row[]): string =>
  table(
    ['', 'goal', 'floor', 'measured', 'ratio', ''],
    rows.map(({ what, goal, floor, measured, ratio, isReached }) => [
      what,
      goal,
      floor,
      measured,
      ratio,
      isReached ? '✓' : '**not reached**',
    ]),
  );

const BY_COUNT: readonly FigureName[] = [
  'latency',
  'latency.reported',
  'latency.patch',
  'memory',
  'memory.own',
  'memory.busy',
  'rest.cpu',
  'rest.lease',
  'start.loaded',
  'start.synced',
  'start.deciding',
  'start.settled',
];

/** What depends on the number of profiles, or should not: medians. */
export function growthTable(measurements: readonly Measurement[]): string {
  const counts = countsIn(measurements);
  const rows = BY_COUNT.map((figure) => [
    `${FIGURES[figure].says}, ${FIGURES[figure].unit}`,
    ...counts.map((profiles) => medianOf(measurementOf(measurements, figure, { profiles }))),
  ]);
  return table(['', ...counts.map((count) => count.toLocaleString('en'))], rows);
}

export const countsIn = (measurements: readonly Measurement[]): readonly number[] =>
  [...new Set(measurements.flatMap(({ at }) => (at.changes === undefined ? (at.profiles ?? []) : [])))].toSorted(
    (a, b) => a - b,
  );

/** Bytes that one more profile takes, by the memory at rest; undefined where there are not two counts to compare. */
export function bytesPerProfile(measurements: readonly Measurement[]): number | undefined {
  const points = measurements
    .filter(({ figure, at }) => figure === 'memory' && at.profiles !== undefined)
    .map(({ at, samples }) => ({ x: at.profiles ?? 0, y: median(samples) * 2 ** 20 }));
  return points.length < 2 ? undefined : slope(points);
}

const PROBE: readonly FigureName[] = ['probe', 'probe.load', 'probe.logon', 'probe.pool', 'probe.rest'];
const END_TO_END: readonly FigureName[] = [
  'endToEnd',
  'endToEnd.job',
  'endToEnd.rollout',
  'endToEnd.before',
  'endToEnd.between',
  'endToEnd.after',
];

export function probeTable(measurements: readonly Measurement[]): string {
  const mins = [...new Set(measurements.flatMap(({ at }) => at.min ?? []))];
  const rows = PROBE.map((figure) => [
    FIGURES[figure].says,
    ...mins.map((min) => medianOf(measurementOf(measurements, figure, { min }))),
  ]);
  return table(['ms', ...mins.map((min) => `min ${min}`)], rows);
}

export const endToEndTable = (measurements: readonly Measurement[]): string =>
  table(
    ['', 'ms'],
    END_TO_END.map((figure) => [FIGURES[figure].says, medianOf(measurementOf(measurements, figure))]),
  );

function medianOf(measurement: Measurement | undefined): string {
  if (measurement === undefined) return '';
  const value = median(measurement.samples);
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
