/**
 * What the operator takes when it starts and when nothing happens: time, CPU, memory, requests. Each sample is of a process
 * of its own, for how much memory one comes to hold is settled by how it started.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { count, isOfLease, isRead, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import type { Start, Vitals } from '../cluster/operator.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import { measureMemoryFloor } from './memory-floor.ts';

const START_MS = 120_000;

type Sample = {
  readonly start: Start;
  /** Besides the lease, from the start of the process until it has been calm for so long that nothing more comes of it. */
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
  const taken: Sample[] = [];
  while (taken.length < bench.options.processes) taken.push(await sampleOfOneProcess(bench));
  const samples = (pick: (sample: Sample) => number) => taken.map(pick);
  const floor = await measureMemoryFloor(bench);
  return [
    { figure: 'memory.busy', at, samples: [busy.rssMb] },
    { figure: 'memory.empty', at, samples: floor.emptyMb },
    ...(['loaded', 'synced', 'deciding', 'settled'] as const).map((stage) => ({
      figure: `start.${stage}` as const,
      at,
      samples: samples(({ start }) => start[stage]),
    })),
    { figure: 'start.writes', at, samples: samples(({ startWrites }) => startWrites) },
    { figure: 'rest.lease', at, samples: samples(({ leaseRequests }) => leaseRequests) },
    { figure: 'rest.others', at, samples: samples(({ otherRequests }) => otherRequests) },
    { figure: 'rest.cpu', at, samples: samples(({ cpu }) => cpu) },
    { figure: 'memory', at, samples: samples(({ vitals }) => vitals.rssMb), floor: floor.watchingMb },
    { figure: 'memory.own', at, samples: samples(({ vitals }) => vitals.ownMb) },
  ];
}

async function sampleOfOneProcess({ operator, run, cluster, options }: Bench): Promise<Sample> {
  const seconds = (count: number) => pause(count * 1000, undefined, { signal: run.signal });
  await operator.stop();
  const beforeStart = await markAuditLog(run, cluster.node);
  await operator.start();
  const start = await operator.howItStarted(START_MS);
  run.say(`started: every profile looked at after ${Math.round(start.settled)} ms`);
  await seconds(options.calmSeconds);
  const ofStart = await requestsSince(run, cluster.node, beforeStart);
  const atRest = await markAuditLog(run, cluster.node);
  const before = await operator.vitals();
  const restAt = performance.now();
  await seconds(options.restSeconds);
  const vitals = await operator.vitals();
  const restSeconds = (performance.now() - restAt) / 1000;
  const ofRest = await requestsSince(run, cluster.node, atRest);
  const perMinute = (requests: number) => (requests / restSeconds) * 60;
  return {
    start,
    startWrites: count(ofStart, (request) => !isRead(request) && !isOfLease(request)),
    leaseRequests: perMinute(count(ofRest, isOfLease)),
    otherRequests: perMinute(count(ofRest, (request) => !isOfLease(request))),
    cpu: ((vitals.cpuSeconds - before.cpuSeconds) / restSeconds) * 100,
    vitals,
  };
}
