/** The plots of docs/explanation/performance.md: each is a text of SVG. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { FigureName, Measurement } from '../figures.ts';
import { median, p99 } from '../statistics.ts';

type Point = { readonly x: number; readonly y: number; readonly series: string };

type Chart = {
  readonly title: string;
  readonly y: string;
  readonly points: readonly Point[];
};

const WIDTH = 640;
const HEIGHT = 300;

/** By file name. A chart without points is left out: a run of some parts has no such measurements. */
export function plotsOf(measurements: readonly Measurement[]): Readonly<Record<string, string>> {
  const series = seriesFrom(measurements);
  const charts: Readonly<Record<string, Chart>> = {
    'latency.svg': {
      title: 'One change, from the profile to the pod template',
      y: 'ms',
      points: [
        ...series('latency', 'p50', median),
        ...series('latency', 'p99', p99),
        ...series('latency', 'baseline, p50', median, true),
        ...series('latency', 'baseline, p99', p99, true),
      ],
    },
    'memory.svg': {
      title: 'Memory when idle',
      y: 'MB',
      points: [
        ...series('memory', 'resident', median),
        ...series('memory.own', 'of it, not shared', median),
        ...series('memory', 'baseline: watches alone', median, true),
      ],
    },
    'start.svg': {
      title: 'Start, from the process on',
      y: 'ms',
      points: [
        ...series('start.settled', 'every profile reconciled', median),
        ...series('start.deciding', 'first decision', median),
        ...series('start.synced', 'caches synced', median),
        ...series('start.loaded', 'program loaded', median),
      ],
    },
    'idle.svg': {
      title: 'CPU when idle',
      y: '% of a core',
      points: series('idle.cpu', 'operator', median),
    },
    'throughput.svg': {
      title: 'Many changes at once, time of each',
      y: 'ms',
      points: [
        ...atOnce(measurements, 'throughput', ({ samples, at }) => median(samples) / (at.changes ?? 1)),
        ...atOnce(
          measurements,
          'throughput',
          ({ baseline = [], at }) => (baseline.length === 0 ? undefined : median(baseline) / (at.changes ?? 1)),
          ', baseline',
        ),
      ],
    },
    'cpu.svg': {
      title: 'CPU of 1,000 changes',
      y: 's',
      points: atOnce(measurements, 'cpu.changes', ({ samples }) => median(samples)),
    },
  };
  return Object.fromEntries(
    Object.entries(charts)
      .filter(([, { points }]) => points.length > 0)
      .map(([file, chart]) => [file, drawn(chart)]),
  );
}

const seriesFrom =
  (measurements: readonly Measurement[]) =>
  (
    figure: FigureName,
    series: string,
    of: (samples: readonly number[]) => number,
    isBaseline = false,
  ): readonly Point[] =>
    measurements.flatMap(({ figure: other, at, samples, baseline = [] }) => {
      const values = isBaseline ? baseline : samples;
      if (other !== figure || at.profiles === undefined || values.length === 0) return [];
      return [{ x: at.profiles, y: of(values), series }];
    });

/** A series for each number of changes at once. */
const atOnce = (
  measurements: readonly Measurement[],
  figure: FigureName,
  of: (measurement: Measurement) => number | undefined,
  suffix = '',
): readonly Point[] =>
  measurements.flatMap((one) => {
    const y = one.figure === figure ? of(one) : undefined;
    if (one.at.profiles === undefined || y === undefined) return [];
    return [{ x: one.at.profiles, y, series: `${one.at.changes?.toLocaleString('en')} at once${suffix}` }];
  });

/** The number of profiles grows by tens, so its axis is logarithmic; the other begins at 0, so that flat looks flat. */
function drawn({ title, y, points }: Chart): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const names = [...new Set(points.map(({ series }) => series))];
  const last = names.flatMap((name) => points.filter(({ series }) => series === name).at(-1) ?? []);
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 44,
    marginBottom: 44,
    marginLeft: 50,
    marginRight: 190,
    style: { background: 'white', color: '#333', fontSize: '12px' },
    x: {
      type: 'log',
    },
    y: { label: null, grid: true, zero: true, nice: true },
    color: { domain: names, scheme: 'Tableau10' },
    marks: [
      Plot.ruleY([0]),
      // Each with its number: a logarithmic axis of its own leaves out those that it thinks too close.
      Plot.axisX([...new Set(points.map(({ x }) => x))], {
        text: (count: number) => count.toLocaleString('en'),
        label: 'profiles',
        labelAnchor: 'center',
        labelArrow: 'none',
      }),
      Plot.text([`${title}, ${y}`], { frameAnchor: 'top-left', dy: -36, fontSize: 15, fontWeight: 600 }),
      Plot.lineY(points, { x: 'x', y: 'y', z: 'series', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(points, { x: 'x', y: 'y', fill: 'series', r: 3.5 }),
      Plot.text(apart(last), {
        x: 'x',
        y: 'y',
        text: 'series',
        fill: 'series',
        dx: 10,
        textAnchor: 'start',
        fontSize: 12,
      }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML.replaceAll(/ class="plot-\w+"/g, '')}\n`;
}

/** Ends of lines that lie close together: their names are moved apart, so that each can be read. */
function apart(ends: readonly Point[]): readonly Point[] {
  const highest = Math.max(...ends.map(({ y }) => y));
  const gap = highest * 0.08;
  let below = Number.NEGATIVE_INFINITY;
  return ends
    .toSorted((a, b) => a.y - b.y)
    .map((end) => {
      below = Math.max(end.y, below + gap);
      return { ...end, y: below };
    });
}
