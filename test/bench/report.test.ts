import { describe, expect, test } from 'vitest';
import { FIGURES, type FigureName, type Measurement } from '../../bench/figures.ts';
import { rowsOf } from '../../bench/report/goals.ts';
import { withMeasured } from '../../bench/report/page.ts';
import { plotsOf } from '../../bench/report/plots.ts';
import { bytesPerProfile } from '../../bench/report/table.ts';
import { defectsOf } from '../../bench/results.ts';
import { median, p99, quantile, slope } from '../../bench/statistics.ts';

const latency = (samples: readonly number[], floor: readonly number[]): Measurement => ({
  figure: 'latency',
  at: { profiles: 10 },
  samples,
  floor,
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
])('%s is right', ([, value, expected]) => {
  expect(value).toBeCloseTo(expected, 10);
});

test('of no samples there is no median', () => {
  expect(() => median([])).toThrow('no samples');
});

describe('the rows of the goals', () => {
  test('are held against the floor', () => {
    const [p50, p99Row] = rowsOf([latency([10, 20, 30], [10, 10, 10])]);
    expect(p50).toMatchObject({ floor: '10.0 ms', measured: '20.0 ms (10.0–30.0)', ratio: '2.00', isReached: true });
    expect(p99Row).toMatchObject({ ratio: '2.98', isReached: true });
  });

  test.for<[string, Measurement, boolean]>([
    ['beyond a multiple of the floor', latency([26], [10]), false],
    ['at the multiple', latency([25], [10]), true],
    ['beyond a number', { figure: 'image.size', at: {}, samples: [60.1] }, false],
    ['at a number that is 0', { figure: 'rest.others', at: { profiles: 5000 }, samples: [0] }, true],
    ['at the number', { figure: 'image.size', at: {}, samples: [60] }, true],
  ])('say whether a goal is reached: %s', ([, measurement, isReached]) => {
    expect(rowsOf([measurement])[0]?.isReached).toBe(isReached);
  });

  test('are those of what was measured', () => {
    expect(rowsOf([])).toEqual([]);
  });
});

describe('what a run lacks', () => {
  const whole = (Object.keys(FIGURES) as FigureName[]).map((figure) => ({ figure, at: {}, samples: [1] }));

  test('is nothing where every figure was taken', () => {
    expect(defectsOf({ measurements: whole, failures: [] })).toEqual([]);
  });

  test('is a figure that was not taken, a part that failed, a sample that cannot be', () => {
    const [first, second, ...rest] = whole;
    if (first === undefined || second === undefined) expect.unreachable();
    const measurements = [{ ...second, samples: [Number.NaN] }, ...rest];
    expect(defectsOf({ measurements, failures: [{ part: 'cost', error: 'no' }] })).toEqual([
      'cost: no',
      `${first.figure} was not taken`,
      `${second.figure} cannot be [null]`,
    ]);
  });
});

describe('the page', () => {
  const marks = ['<!-- measured: written by `npm run bench`, do not edit -->', '<!-- measured: end -->'];

  test('keeps what people wrote, and has the figures renewed', () => {
    const page = withMeasured(`# A\n${marks[0]}\nold\n${marks[1]}\nB\n`, 'new');
    expect(page).toBe(`# A\n${marks[0]}\n\nnew\n${marks[1]}\nB\n`);
  });

  test('without its marks is not touched', () => {
    expect(() => withMeasured('# A\n', 'new')).toThrow('lost the marks');
  });
});

test('a plot is an image with a line for each series, and a plot without points is left out', () => {
  const plots = plotsOf([latency([1, 2], [1, 1]), { ...latency([2, 3], [1, 1]), at: { profiles: 1000 } }]);
  expect(Object.keys(plots)).toEqual(['latency.svg']);
  expect(plots['latency.svg']).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  for (const series of ['p50', 'p99', 'floor, p50', 'floor, p99'])
    expect(plots['latency.svg']).toContain(`>${series}<`);
});

test('bytes of a profile are what one more adds', () => {
  const memory = (profiles: number, mb: number): Measurement => ({ figure: 'memory', at: { profiles }, samples: [mb] });
  expect(bytesPerProfile([memory(0, 70)])).toBeUndefined();
  expect(bytesPerProfile([memory(0, 70), memory(1024, 74)])).toBeCloseTo(4096, 5);
});
