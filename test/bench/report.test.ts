import { describe, expect, test } from 'vitest';
import { FIGURES, type FigureName, type Measurement } from '../../bench/figures.ts';
import { rowsOf } from '../../bench/report/goals.ts';
import { withMeasured } from '../../bench/report/page.ts';
import { plotsOf } from '../../bench/report/plots.ts';
import { atOnceTable, bytesPerProfile, growthTable, imageTable, splitTable } from '../../bench/report/table.ts';
import { spread } from '../../bench/report/spread.ts';
import { defectsOf } from '../../bench/results.ts';
import { median, p99, quantile, slope } from '../../bench/statistics.ts';

const latency = (samples: readonly number[], baseline: readonly number[]): Measurement => ({
  figure: 'latency',
  at: { profiles: 10 },
  samples,
  baseline,
});

test.for<[string, number, number]>([
  ['the median of an odd number', median([3, 1, 2]), 2],
  ['the median of an even number', median([4, 1, 2, 3]), 2.5],
  ['the least', quantile([3, 1, 2], 0), 1],
  ['the p99 of a hundred', p99(Array.from({ length: 101 }, (_, index) => index)), 99],
  [
    'the slope',
    slope([
      { x: 10, y: 1 },
      { x: 20, y: 6 },
      { x: 30, y: 11 },
    ]),
    0.5,
  ],
])('a statistic is right: %s', ([, value, expected]) => {
  expect(value).toBeCloseTo(expected, 10);
});

test('the median of no samples is undefined', () => {
  expect(() => median([])).toThrow('no samples');
});

describe('the rows of the goals', () => {
  test('a row of the goals compares a figure with its baseline', () => {
    const [p50, p99Row] = rowsOf([latency([10, 20, 30], [10, 10, 10])]);
    expect(p50).toMatchObject({ baseline: '10.0 ms', measured: '20.0 ms (10.0–30.0)', ratio: '2.00', isReached: true });
    expect(p99Row).toMatchObject({ ratio: '2.98', isReached: true });
  });

  test.for<[string, Measurement, boolean]>([
    ['beyond a multiple of the baseline', latency([26], [10]), false],
    ['at the multiple', latency([25], [10]), true],
    ['beyond a number', { figure: 'image.size', at: {}, samples: [60.1] }, false],
    ['at a number that is 0', { figure: 'idle.others', at: { profiles: 5000 }, samples: [0] }, true],
    ['at the number', { figure: 'image.size', at: {}, samples: [60] }, true],
  ])('a row of the goals says whether the goal is reached: %s', ([, measurement, isReached]) => {
    expect(rowsOf([measurement])[0]?.isReached).toBe(isReached);
  });

  test('the rows of the goals are those of what was measured', () => {
    expect(rowsOf([])).toEqual([]);
  });
});

describe('what a run lacks', () => {
  const whole = (Object.keys(FIGURES) as FigureName[]).map((figure) => ({ figure, at: {}, samples: [1] }));

  test('a run lacks nothing where every figure was measured', () => {
    expect(defectsOf({ measurements: whole, failures: [] })).toEqual([]);
  });

  test('a run lacks figures that were not measured, parts that failed, and impossible samples', () => {
    const [first, second, ...rest] = whole;
    if (first === undefined || second === undefined) expect.unreachable();
    const measurements = [{ ...second, samples: [Number.NaN] }, ...rest];
    expect(defectsOf({ measurements, failures: [{ part: 'cost', error: 'no' }] })).toEqual([
      'cost: no',
      `${first.figure} was not measured`,
      `${second.figure} cannot be [null]`,
    ]);
  });
});

describe('the page', () => {
  const marks = ['<!-- measured: written by `npm run bench`, do not edit -->', '<!-- measured: end -->'];

  test('the page keeps what people wrote, and gets the new figures', () => {
    const page = withMeasured(`# A\n${marks[0]}\nold\n${marks[1]}\nB\n`, 'new');
    expect(page).toBe(`# A\n${marks[0]}\n\nnew\n${marks[1]}\nB\n`);
  });

  test('the page without its marks is not changed', () => {
    expect(() => withMeasured('# A\n', 'new')).toThrow('lost the marks');
  });
});

test.for<[readonly number[], string]>([
  [[1.25, 2, 1], ' (1.0–2.0)'],
  [[1, 1], ''],
  [[1], ' (once)'],
])('the spread of %j is%s', ([samples, text]) => {
  expect(spread(samples, 1)).toBe(text);
});

/** The cells of the row of a table that begins with this text. */
const rowIn = (table: string, begin: string) =>
  table
    .split('\n')
    .find((line) => line.startsWith(`| ${begin}`))
    ?.split('|')
    .map((cell) => cell.trim())
    .slice(2, -1);

test('one change is compared with baselines of two and of three writes, and its parts are added up', () => {
  const at = { profiles: 10 };
  const table = splitTable([
    latency([20, 20, 20], [10, 10, 10]),
    { figure: 'latency.three', at, samples: [16, 16, 16] },
    { figure: 'split.profile', at, samples: [1, 2, 3] },
    { figure: 'split.configMap', at, samples: [1, 2, 3] },
    { figure: 'split.template', at, samples: [4, 4, 4] },
  ]);
  expect(rowIn(table, 'API server, together')).toEqual(['8.00 (6.00–10.00)']);
  expect(rowIn(table, '× two writes, p50')).toEqual(['2.00']);
  expect(rowIn(table, '× three writes, p99')).toEqual(['1.25']);
});

test('many changes at once have a column each', () => {
  const of = (changes: number, samples: readonly number[]): Measurement[] => [
    { figure: 'throughput', at: { profiles: 1000, changes }, samples, baseline: [100] },
    { figure: 'cpu.changes', at: { profiles: 1000, changes }, samples: [changes / 100] },
  ];
  const table = atOnceTable([...of(200, [150]), ...of(1000, [300])]);
  expect(rowIn(table, '× plain client')).toEqual(['1.50', '3.00']);
  expect(rowIn(table, 'CPU of 1,000 changes')).toEqual(['2.00 (once)', '10.0 (once)']);
});

test('a figure without a goal is shown, too', () => {
  const empty: Measurement = { figure: 'memory.empty', at: { profiles: 10 }, samples: [45, 46, 47] };
  expect(rowIn(growthTable([empty]), FIGURES['memory.empty'].says)).toEqual(['46.0 (45.0–47.0)']);
  const start: Measurement = { figure: 'image.start', at: {}, samples: [400, 500] };
  expect(rowIn(imageTable([start]), FIGURES['image.start'].says)).toEqual(['450 (400–500)']);
});

test('a plot is an image with a line for each series, and a plot without points is left out', () => {
  const plots = plotsOf([latency([1, 2], [1, 1]), { ...latency([2, 3], [1, 1]), at: { profiles: 1000 } }]);
  expect(Object.keys(plots)).toEqual(['latency.svg']);
  expect(plots['latency.svg']).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const series of ['p50', 'p99', 'baseline, p50', 'baseline, p99'])
    expect(plots['latency.svg']).toContain(`>${series}<`);
});

test('many changes at once have a line for each number of them, by the time of each change', () => {
  const of = (profiles: number): Measurement => ({
    figure: 'throughput',
    at: { profiles, changes: 200 },
    samples: [1000],
    baseline: [800],
  });
  const plots = plotsOf([of(1000), of(5000), { ...of(1000), figure: 'cpu.changes' }]);
  expect(Object.keys(plots)).toEqual(['throughput.svg', 'cpu.svg']);
  for (const series of ['200 at once', '200 at once, baseline'])
    expect(plots['throughput.svg']).toContain(`>${series}<`);
});

test('the bytes of a profile are what one more adds', () => {
  const memory = (profiles: number, mb: number): Measurement => ({ figure: 'memory', at: { profiles }, samples: [mb] });
  expect(bytesPerProfile([memory(0, 70)])).toBeUndefined();
  expect(bytesPerProfile([memory(0, 70), memory(1024, 74)])).toBeCloseTo(4096, 5);
});
