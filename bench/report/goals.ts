/** The goals and what was measured: one row each, with the baseline beside it. */
import type { Conditions, FigureName, Measurement } from '../figures.ts';
import { median, p99 } from '../statistics.ts';
import { spread } from './spread.ts';

export type Row = {
  readonly what: string;
  readonly goal: string;
  readonly baseline: string;
  readonly measured: string;
  readonly ratio: string;
  readonly isReached: boolean;
};

type Goal = {
  readonly what: string;
  readonly goal: string;
  readonly figure: FigureName;
  readonly at?: Conditions;
  readonly of?: (samples: readonly number[]) => number;
  /** The limits: in the unit of the figure, and as a multiple of the baseline. */
  readonly max?: number;
  readonly maxRatio?: number;
  readonly unit: string;
  readonly digits?: number;
};

const oneChange = (profiles: number): readonly Goal[] => {
  const common = { figure: 'latency', at: { profiles }, unit: 'ms', digits: 1 } as const;
  const what = `One change, ${profiles.toLocaleString('en')} profiles`;
  return [
    { ...common, what: `${what}: p50`, goal: '≤ 2.5 × baseline', maxRatio: 2.5 },
    { ...common, what: `${what}: p99`, goal: '≤ 3 × baseline', maxRatio: 3, of: p99 },
  ];
};

const writes = (figure: FigureName, what: string, max: number): Goal => ({
  what: `API requests of a change: ${what}`,
  goal: max === 0 ? '0' : `≤ ${max}`,
  figure,
  at: { profiles: 1000 },
  max,
  unit: '',
  digits: 1,
});

const memory = (profiles: number, max: number): Goal => ({
  what: `Memory (RSS), ${profiles.toLocaleString('en')} profiles`,
  goal: `≤ ${max} MB`,
  figure: 'memory',
  at: { profiles },
  max,
  unit: 'MB',
});

const GOALS: readonly Goal[] = [
  ...oneChange(10),
  ...oneChange(1000),
  ...oneChange(5000),
  {
    what: '200 changes at once',
    goal: '≤ 1.5 × baseline',
    figure: 'throughput',
    at: { changes: 200 },
    maxRatio: 1.5,
    unit: 'ms',
  },
  { what: '200 changes at once', goal: '< 2 s', figure: 'throughput', at: { changes: 200 }, max: 2000, unit: 'ms' },
  {
    what: '1,000 changes at once',
    goal: '≤ 1.5 × baseline',
    figure: 'throughput',
    at: { changes: 1000 },
    maxRatio: 1.5,
    unit: 'ms',
  },
  writes('writes.configMap', 'ConfigMap', 1),
  writes('writes.deployment', 'Deployment', 1),
  writes('writes.status', 'status', 2),
  writes('writes.event', 'Events', 2),
  writes('writes.other', 'other writes', 0),
  writes('reads', 'reads', 0),
  {
    what: 'Status writes with probe and rollout of 3 pods',
    goal: '≤ 5',
    figure: 'endToEnd.writes.status',
    max: 5,
    unit: '',
    digits: 1,
  },
  {
    what: 'Idle, 5,000 profiles: requests besides the lease',
    goal: '0 a minute',
    figure: 'idle.others',
    at: { profiles: 5000 },
    max: 0,
    unit: '',
  },
  {
    what: 'Idle, 5,000 profiles: CPU',
    goal: '< 0.5 % of a core',
    figure: 'idle.cpu',
    at: { profiles: 5000 },
    max: 0.5,
    unit: '%',
    digits: 2,
  },
  memory(10, 70),
  memory(5000, 120),
  {
    what: 'Start, 5,000 profiles: all reconciled',
    goal: '≤ 3 s',
    figure: 'start.settled',
    at: { profiles: 5000 },
    max: 3000,
    unit: 'ms',
  },
  {
    what: 'Start, 5,000 profiles: writes',
    goal: '0',
    figure: 'start.writes',
    at: { profiles: 5000 },
    max: 0,
    unit: '',
  },
  {
    what: 'Start, 10 profiles: process → first decision',
    goal: '≤ 0.5 s',
    figure: 'start.deciding',
    at: { profiles: 10 },
    max: 500,
    unit: 'ms',
  },
  {
    what: 'End to end, 3 pods: the operator’s share',
    goal: '≤ 150 ms',
    figure: 'endToEnd.added',
    max: 150,
    unit: 'ms',
  },
  { what: 'Image over its base', goal: '≤ 60 MB', figure: 'image.size', max: 60, unit: 'MB', digits: 1 },
];

/** The first measurement of a figure under these conditions, whatever its other conditions are. */
export function measurementOf(
  measurements: readonly Measurement[],
  figure: FigureName,
  at: Conditions = {},
): Measurement | undefined {
  return measurements.find(
    (one) => one.figure === figure && Object.entries(at).every(([name, value]) => Reflect.get(one.at, name) === value),
  );
}

/** Goals without a measurement are left out: a run of some parts has no such measurements. */
export function rowsOf(measurements: readonly Measurement[]): readonly Row[] {
  return GOALS.flatMap((goal) => {
    const measurement = measurementOf(measurements, goal.figure, goal.at);
    return measurement === undefined ? [] : [rowOf(goal, measurement)];
  });
}

function rowOf(goal: Goal, { samples, baseline }: Measurement): Row {
  const { of = median, unit, digits = 0 } = goal;
  const measured = of(samples);
  const reference = baseline === undefined || baseline.length === 0 ? undefined : of(baseline);
  const format = (value: number) => `${value.toFixed(digits)} ${unit}`.trim();
  return {
    what: goal.what,
    goal: goal.goal,
    baseline: reference === undefined ? '' : format(reference),
    measured: `${format(measured)}${spread(samples, digits)}`,
    ratio: reference === undefined ? '' : (measured / reference).toFixed(2),
    isReached:
      isWithin(measured, goal.max) && (reference === undefined || isWithin(measured / reference, goal.maxRatio)),
  };
}

const isWithin = (value: number, max = Number.POSITIVE_INFINITY) => value <= max;
