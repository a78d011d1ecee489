/** What is promised, and what of it was measured: one row each, with the floor beside it. */
import type { Conditions, FigureName, Measurement } from '../figures.ts';
import { median, p99 } from '../statistics.ts';
import { spread } from './spread.ts';

export type Row = {
  readonly what: string;
  readonly goal: string;
  readonly floor: string;
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
  /** Most that is allowed: in the unit of the figure, and as a multiple of the floor. */
  readonly most?: number;
  readonly mostRatio?: number;
  readonly unit: string;
  readonly digits?: number;
};

const oneChange = (profiles: number): readonly Goal[] => {
  const common = { figure: 'latency', at: { profiles }, unit: 'ms', digits: 1 } as const;
  const what = `One change, ${profiles.toLocaleString('en')} profiles`;
  return [
    { ...common, what: `${what}: p50`, goal: '≤ 2.5 × floor', mostRatio: 2.5 },
    { ...common, what: `${what}: p99`, goal: '≤ 3 × floor', mostRatio: 3, of: p99 },
  ];
};

const writes = (figure: FigureName, what: string, most: number): Goal => ({
  what: `API requests of a change: ${what}`,
  goal: most === 0 ? '0' : `≤ ${most}`,
  figure,
  at: { profiles: 1000 },
  most,
  unit: '',
  digits: 1,
});

const memory = (profiles: number, most: number): Goal => ({
  what: `Memory (RSS), ${profiles.toLocaleString('en')} profiles`,
  goal: `≤ ${most} MB`,
  figure: 'memory',
  at: { profiles },
  most,
  unit: 'MB',
});

const GOALS: readonly Goal[] = [
  ...oneChange(10),
  ...oneChange(1000),
  ...oneChange(5000),
  {
    what: '200 changes at once',
    goal: '≤ 1.5 × floor',
    figure: 'throughput',
    at: { changes: 200 },
    mostRatio: 1.5,
    unit: 'ms',
  },
  { what: '200 changes at once', goal: '< 2 s', figure: 'throughput', at: { changes: 200 }, most: 2000, unit: 'ms' },
  {
    what: '1,000 changes at once',
    goal: '≤ 1.5 × floor',
    figure: 'throughput',
    at: { changes: 1000 },
    mostRatio: 1.5,
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
    most: 5,
    unit: '',
    digits: 1,
  },
  {
    what: 'At rest, 5,000 profiles: requests besides the lease',
    goal: '0 a minute',
    figure: 'rest.others',
    at: { profiles: 5000 },
    most: 0,
    unit: '',
  },
  {
    what: 'At rest, 5,000 profiles: CPU',
    goal: '< 0.5 % of a core',
    figure: 'rest.cpu',
    at: { profiles: 5000 },
    most: 0.5,
    unit: '%',
    digits: 2,
  },
  memory(10, 70),
  memory(5000, 120),
  {
    what: 'Start, 5,000 profiles: every one looked at',
    goal: '≤ 3 s',
    figure: 'start.settled',
    at: { profiles: 5000 },
    most: 3000,
    unit: 'ms',
  },
  {
    what: 'Start, 5,000 profiles: writes',
    goal: '0',
    figure: 'start.writes',
    at: { profiles: 5000 },
    most: 0,
    unit: '',
  },
  {
    what: 'Start, 10 profiles: process → first decision',
    goal: '≤ 0.5 s',
    figure: 'start.deciding',
    at: { profiles: 10 },
    most: 500,
    unit: 'ms',
  },
  {
    what: 'End to end, 3 pods: the operator’s share',
    goal: '≤ 150 ms',
    figure: 'endToEnd.added',
    most: 150,
    unit: 'ms',
  },
  { what: 'Image over its base', goal: '≤ 60 MB', figure: 'image.size', most: 60, unit: 'MB', digits: 1 },
];

/** The first measurement of a figure under these conditions, whatever else it was taken at. */
export function measurementOf(
  measurements: readonly Measurement[],
  figure: FigureName,
  at: Conditions = {},
): Measurement | undefined {
  return measurements.find(
    (one) => one.figure === figure && Object.entries(at).every(([name, value]) => Reflect.get(one.at, name) === value),
  );
}

/** Goals without a measurement are left out: a run of some parts has not taken them. */
export function rowsOf(measurements: readonly Measurement[]): readonly Row[] {
  return GOALS.flatMap((goal) => {
    const measurement = measurementOf(measurements, goal.figure, goal.at);
    return measurement === undefined ? [] : [rowOf(goal, measurement)];
  });
}

function rowOf(goal: Goal, { samples, floor }: Measurement): Row {
  const { of = median, unit, digits = 0 } = goal;
  const measured = of(samples);
  const least = floor === undefined || floor.length === 0 ? undefined : of(floor);
  const inWords = (value: number) => `${value.toFixed(digits)} ${unit}`.trim();
  return {
    what: goal.what,
    goal: goal.goal,
    floor: least === undefined ? '' : inWords(least),
    measured: `${inWords(measured)}${spread(samples, digits)}`,
    ratio: least === undefined ? '' : (measured / least).toFixed(2),
    isReached: isWithin(measured, goal.most) && (least === undefined || isWithin(measured / least, goal.mostRatio)),
  };
}

const isWithin = (value: number, most = Number.POSITIVE_INFINITY) => value <= most;
