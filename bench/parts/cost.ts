/**
 * What the operator needs for its start and when idle: time, CPU, memory, requests. Each sample comes from a new process,
 * because the memory of a process depends on how its start went.
 */
import { pause } from '../../src/runtime/timers.ts';
import { count, isOfLease, isRead, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import type { Start, Vitals } from '../cluster/operator.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import { measureMemoryBaseline } from './memory-baseline.ts';

const START_MS = 120_000;

type Sample = {
  readonly start: Start;
  /** Besides the lease, from the start of the process until `settleSeconds` after all profiles were reconciled. */
  readonly startWrites: number;
  readonly leaseRequests: number;
  readonly otherRequests: number;
  /** Percent of a core. */
  readonly cpu: number;
  readonly vitals: Vitals;
};

export async function measureCost(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const at = { profiles: profileCount };
  const busy = await bench.operator.vitals();
  const all: Sample[] = [];
  while (all.length < bench.options.processes) all.push(await sampleOfOneProcess(bench));
  const samples = (pick: (sample: Sample) => number) => all.map(pick);
  const baseline = await measureMemoryBaseline(bench);
  return [
    { figure: 'memory.busy', at, samples: [busy.rssMb] },
    { figure: 'memory.empty', at, samples: baseline.emptyMb },
    ...(['loaded', 'synced', 'deciding', 'settled'] as const).map((stage) => ({
      figure: `start.${stage}` as const,
      at,
      samples: samples(({ start }) => start[stage]),
    })),
    { figure: 'start.writes', at, samples: samples(({ startWrites }) => startWrites) },
    { figure: 'idle.lease', at, samples: samples(({ leaseRequests }) => leaseRequests) },
    { figure: 'idle.others', at, samples: samples(({ otherRequests }) => otherRequests) },
    { figure: 'idle.cpu', at, samples: samples(({ cpu }) => cpu) },
    { figure: 'memory', at, samples: samples(({ vitals }) => vitals.rssMb), baseline: baseline.watchingMb },
    { figure: 'memory.own', at, samples: samples(({ vitals }) => vitals.ownMb) },
  ];
}

async function sampleOfOneProcess({ operator, run, cluster, options }: Bench): Promise<Sample> {
  const seconds = (count: number) => pause(count * 1000, run.signal);
  await operator.stop();
  const startMark = await markAuditLog(run, cluster.node);
  await operator.start();
  const start = await operator.howItStarted(START_MS);
  run.say(`started: every profile reconciled after ${Math.round(start.settled)} ms`);
  await seconds(options.settleSeconds);
  const ofStart = await requestsSince(run, cluster.node, startMark);
  const idleMark = await markAuditLog(run, cluster.node);
  const before = await operator.vitals();
  const idleAt = performance.now();
  await seconds(options.idleSeconds);
  const vitals = await operator.vitals();
  const idleSeconds = (performance.now() - idleAt) / 1000;
  const ofIdle = await requestsSince(run, cluster.node, idleMark);
  const perMinute = (requests: number) => (requests / idleSeconds) * 60;
  return {
    start,
    startWrites: count(ofStart, (request) => !isRead(request) && !isOfLease(request)),
    leaseRequests: perMinute(count(ofIdle, isOfLease)),
    otherRequests: perMinute(count(ofIdle, (request) => !isOfLease(request))),
    cpu: ((vitals.cpuSeconds - before.cpuSeconds) / idleSeconds) * 100,
    vitals,
  };
}
