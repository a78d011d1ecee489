/** The tables of docs/explanation/performance.md, in Markdown. */
import { FIGURES, type FigureName, type Measurement } from '../figures.ts';
import { median, p99, slope } from '../statistics.ts';
import { measurementOf, type Row } from './goals.ts';
import { spread } from './spread.ts';

type Cells = readonly string[];

function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const goalsTable = (rows: readonly Row[]): string =>
  table(
    ['', 'goal', 'baseline', 'measured', 'ratio', ''],
    rows.map(({ what, goal, baseline, measured, ratio, isReached }) => [
      what,
      goal,
      baseline,
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
  'memory.empty',
  'idle.cpu',
  'idle.lease',
  'start.loaded',
  'start.synced',
  'start.deciding',
  'start.settled',
];

/** What depends on the number of profiles, or should not. */
export function growthTable(measurements: readonly Measurement[]): string {
  const counts = countsIn(measurements);
  const rows = BY_COUNT.map((figure) => [
    `${FIGURES[figure].says}, ${FIGURES[figure].unit}`,
    ...counts.map((profiles) => cell(measurementOf(measurements, figure, { profiles })?.samples)),
  ]);
  return table(['', ...counts.map((count) => count.toLocaleString('en'))], rows);
}

const countsOf = (measurements: readonly Measurement[], figure: FigureName) =>
  countsIn(measurements.filter((one) => one.figure === figure));

export const countsIn = (measurements: readonly Measurement[]): readonly number[] =>
  [...new Set(measurements.flatMap(({ at }) => (at.changes === undefined ? (at.profiles ?? []) : [])))].toSorted(
    (a, b) => a - b,
  );

/** Bytes of idle memory for one more profile; undefined where there are fewer than two counts to compare. */
export function bytesPerProfile(measurements: readonly Measurement[]): number | undefined {
  const points = measurements
    .filter(({ figure, at }) => figure === 'memory' && at.profiles !== undefined)
    .map(({ at, samples }) => ({ x: at.profiles ?? 0, y: median(samples) * 2 ** 20 }));
  return points.length < 2 ? undefined : slope(points);
}

const PROBE: readonly FigureName[] = ['probe', 'probe.load', 'probe.logon', 'probe.pool', 'probe.other'];
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
    ...mins.map((min) => cell(measurementOf(measurements, figure, { min })?.samples)),
  ]);
  return table(['ms', ...mins.map((min) => `min ${min}`)], rows);
}

export const endToEndTable = (measurements: readonly Measurement[]): string =>
  table(
    ['', 'ms'],
    END_TO_END.map((figure) => [FIGURES[figure].says, cell(measurementOf(measurements, figure)?.samples)]),
  );

const IN_SERVER = ['split.profile', 'split.configMap', 'split.template'] as const;
const IN_OPERATOR = ['split.look', 'split.between'] as const;
const IN_ORDER = ['split.profile', 'split.look', 'split.configMap', 'split.between', 'split.template'] as const;

/** One change: where its time goes according to the audit log, and the same change by a plain client, in two and in three writes. */
export function splitTable(measurements: readonly Measurement[]): string {
  const counts = countsOf(measurements, 'latency');
  const row = (what: string, of: (profiles: number) => string): Cells => [what, ...counts.map(of)];
  const samplesOf = (figure: FigureName, profiles: number) =>
    measurementOf(measurements, figure, { profiles })?.samples ?? [];
  const baselineOf = (profiles: number) => measurementOf(measurements, 'latency', { profiles })?.baseline ?? [];
  const together = (figures: readonly FigureName[]) => (profiles: number) =>
    cell(sums(figures.map((figure) => samplesOf(figure, profiles))));
  const times = (of: typeof median, baselineAt: (profiles: number) => readonly number[]) => (profiles: number) => {
    const baseline = baselineAt(profiles);
    return baseline.length === 0 ? '' : (of(samplesOf('latency', profiles)) / of(baseline)).toFixed(2);
  };
  const three = (profiles: number) => samplesOf('latency.three', profiles);
  return table(
    ['ms', ...counts.map((count) => count.toLocaleString('en'))],
    [
      ...IN_ORDER.map((figure) => row(FIGURES[figure].says, (profiles) => cell(samplesOf(figure, profiles)))),
      row('API server, together', together(IN_SERVER)),
      row('operator, together', together(IN_OPERATOR)),
      row('**all, as a watch sees it**', (profiles) => cell(samplesOf('latency', profiles))),
      row('plain client, two writes (the baseline)', (profiles) => cell(baselineOf(profiles))),
      row('plain client, three writes', (profiles) => cell(three(profiles))),
      row('× two writes, p50', times(median, baselineOf)),
      row('× two writes, p99', times(p99, baselineOf)),
      row('× three writes, p50', times(median, three)),
      row('× three writes, p99', times(p99, three)),
    ],
  );
}

/** Sample by sample. */
const sums = (columns: readonly (readonly number[])[]): readonly number[] =>
  (columns[0] ?? []).map((_, index) => columns.reduce((sum, column) => sum + (column[index] ?? 0), 0));

const AT_ONCE: readonly FigureName[] = ['throughput.writes', 'throughput.writes.status', 'cpu.changes'];

export function atOnceTable(measurements: readonly Measurement[]): string {
  const measured = measurements.filter(({ figure }) => figure === 'throughput');
  const row = (what: string, of: (one: Measurement) => string): Cells => [what, ...measured.map(of)];
  return table(
    ['', ...measured.map(({ at }) => `${format(at.changes)} of ${format(at.profiles)}`)],
    [
      row('all done, ms', ({ samples }) => cell(samples)),
      row('plain client, ms', ({ baseline }) => cell(baseline)),
      row('× plain client', ({ samples, baseline = [] }) =>
        baseline.length === 0 ? '' : (median(samples) / median(baseline)).toFixed(2),
      ),
      ...AT_ONCE.map((figure) =>
        row(`${FIGURES[figure].says}, ${FIGURES[figure].unit}`, ({ at }) =>
          cell(measurementOf(measurements, figure, at)?.samples),
        ),
      ),
    ],
  );
}

const format = (count: number | undefined) => (count ?? 0).toLocaleString('en');

const IMAGE: readonly FigureName[] = ['image.size', 'image.start'];

export const imageTable = (measurements: readonly Measurement[]): string =>
  table(
    ['', ''],
    IMAGE.map((figure) => [
      `${FIGURES[figure].says}, ${FIGURES[figure].unit}`,
      cell(measurementOf(measurements, figure)?.samples),
    ]),
  );

/** The median, and in brackets the minimum and the maximum, or that there is only one sample. */
function cell(samples: readonly number[] = []): string {
  if (samples.length === 0) return '';
  const value = median(samples);
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)}${spread(samples, digits)}`;
}
