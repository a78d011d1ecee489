/** What the operator takes when it starts and when nothing happens: time, CPU, memory, requests. */
import { setTimeout as pause } from 'node:timers/promises';
import { count, isOfLease, isRead, markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import type { Start, Vitals } from '../cluster/operator.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import { measureMemoryFloor } from './memory-floor.ts';

const START_MS = 120_000;

/** After a start: its garbage is collected, its compiler is done. */
const CALM_SECONDS = 5;

export async function measureCost(bench: Bench, profileCount: number): Promise<readonly Measurement[]> {
  const at = { profiles: profileCount };
  const busy = await bench.operator.vitals();
  const starts = await measureStarts(bench, at);
  const rest = await measureRest(bench, at);
  const floor = await measureMemoryFloor(bench.client);
  return [
    { figure: 'memory.busy', at, samples: [busy.rssMb] },
    { figure: 'memory.empty', at, samples: [floor.emptyMb] },
    ...starts,
    ...rest.map((one) => (one.figure === 'memory' ? { ...one, floor: [floor.watchingMb] } : one)),
  ];
}

async function measureStarts({ operator, run, cluster, options }: Bench, at: Measurement['at']) {
  const starts: Start[] = [];
  const writes: number[] = [];
  for (let time = 0; time < Math.ceil(options.runs / 2); time += 1) {
    await operator.stop();
    const mark = await markAuditLog(run, cluster.node);
    await operator.start();
    const start = await operator.howItStarted(START_MS);
    run.say(`started: every profile looked at after ${Math.round(start.settled)} ms`);
    const requests = await requestsSince(run, cluster.node, mark);
    writes.push(count(requests, (request) => !isRead(request) && !isOfLease(request)));
    starts.push(start);
  }
  return [
    ...(['loaded', 'synced', 'deciding', 'settled'] as const).map((stage) => ({
      figure: `start.${stage}` as const,
      at,
      samples: starts.map((start) => start[stage]),
    })),
    { figure: 'start.writes', at, samples: writes } as const,
  ];
}

async function measureRest({ operator, run, cluster, options }: Bench, at: Measurement['at']) {
  await pause(CALM_SECONDS * 1000, undefined, { signal: run.signal });
  const mark = await markAuditLog(run, cluster.node);
  const before = await operator.vitals();
  const startedAt = performance.now();
  await pause(options.restSeconds * 1000, undefined, { signal: run.signal });
  const after = await operator.vitals();
  const seconds = (performance.now() - startedAt) / 1000;
  const requests = await requestsSince(run, cluster.node, mark);
  const perMinute = (requestCount: number) => [(requestCount / seconds) * 60];
  const memory = (pick: (vitals: Vitals) => number) => [before, after].map(pick);
  return [
    { figure: 'rest.lease', at, samples: perMinute(count(requests, isOfLease)) },
    { figure: 'rest.others', at, samples: perMinute(count(requests, (request) => !isOfLease(request))) },
    { figure: 'rest.cpu', at, samples: [((after.cpuSeconds - before.cpuSeconds) / seconds) * 100] },
    { figure: 'memory', at, samples: memory(({ rssMb }) => rssMb) },
    { figure: 'memory.own', at, samples: memory(({ ownMb }) => ownMb) },
  ] as const;
}
