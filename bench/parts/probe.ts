/** The probe as a process, from its start to its verdict, by the number of connections; and the image that contains it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundles } from '../../deploy/build.ts';
import { execute } from '../../test/runner/execute.ts';
import type { Run } from '../../test/runner/run.ts';
import { OPERATOR } from '../../test/bed/bed.ts';
import { startStandIn } from '../../test/oracle/stand-in.ts';
import { type Verdict, verdictSchema } from '../../src/contract/verdict.ts';
import type { Bench } from '../part.ts';
import type { Measurement } from '../figures.ts';
import { repeat } from '../repeat.ts';

const MEGABYTE = 1024 * 1024;

/** Times of a process vary by a few milliseconds, so it runs this many times as often as other parts. */
const TIMES = 3;

export async function measureProbe({ run, options, images, base }: Bench): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await buildBundles(folder);
    const empty = await repeat(options.runs * TIMES, () => timeOf(['-e', '0'], {}));
    const byMin: Measurement[] = [];
    for (const min of options.mins) {
      run.say(`probe with min ${min}`);
      byMin.push(...(await measureMin(folder, min, options.runs * TIMES, empty)));
    }
    return [...byMin, ...(await measureImage(run, images[OPERATOR] ?? '', base, options.runs))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureMin(folder: string, min: number, times: number, baseline: readonly number[]) {
  await using standIn = await startStandIn({ users: { APP: { password: 'right' } } });
  const ends = await repeat(times, () => runProbe(folder, min, standIn.connectString()));
  const at = { min };
  const samples = (pick: (end: Ended) => number) => ends.map(pick);
  const otherOf = (end: Ended) => end.totalMs - end.loadedMs - logonOf(end.verdict) - poolOf(end.verdict);
  return [
    { figure: 'probe', at, samples: samples(({ totalMs }) => totalMs), baseline },
    { figure: 'probe.load', at, samples: samples(({ loadedMs }) => loadedMs), baseline },
    { figure: 'probe.logon', at, samples: samples(({ verdict }) => logonOf(verdict)) },
    { figure: 'probe.pool', at, samples: samples(({ verdict }) => poolOf(verdict)) },
    { figure: 'probe.other', at, samples: samples(otherOf) },
  ] as const;
}

type Ended = { readonly totalMs: number; readonly loadedMs: number; readonly verdict: Verdict };

/** Runs the bundle as the Job does. The program writes its first line once it is loaded. */
async function runProbe(folder: string, min: number, connectString: string): Promise<Ended> {
  const file = join(folder, 'termination-log');
  const env = {
    DB_POOL_MIN: String(min),
    DB_POOL_MAX: String(Math.max(min, 1) * 2),
    DB_POOL_TIMEOUT: '30',
    DB_POOL_RECYCLE: '3600',
    PROBE_CONNECTIONS: String(Math.max(min, 1)),
    PROBE_TIMEOUT_SECONDS: '20',
    PROBE_RESERVED_SESSIONS: '20',
    DB_CONNECT_STRING: connectString,
    DB_USER: 'APP',
    DB_PASSWORD: 'right',
    TERMINATION_MESSAGE_PATH: file,
  };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(folder, 'probe.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  const loadedMs = performance.now() - startedAt;
  child.stdout.resume();
  await exited;
  const totalMs = performance.now() - startedAt;
  const verdict = verdictSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (verdict.outcome !== 'Succeeded') throw new Error(`the probe says ${verdict.reason}: ${verdict.message}`);
  return { totalMs, loadedMs, verdict };
}

const logonOf = ({ timings }: Verdict) => sum(timings?.resolveMs, timings?.connectMs, timings?.logonMs);
const poolOf = ({ timings }: Verdict) => sum(timings?.fillMs, timings?.pingMs, timings?.queryMs);
const sum = (...parts: readonly (number | undefined)[]) => parts.reduce<number>((all, part) => all + (part ?? 0), 0);

/** Milliseconds of a Node process from its start to its end. */
async function timeOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const [code] = (await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return performance.now() - startedAt;
}

async function measureImage(run: Run, image: string, base: string, times: number): Promise<readonly Measurement[]> {
  const sizeOf = async (name: string) =>
    Number(await execute(run, ['docker', 'image', 'inspect', '--format', '{{.Size}}', name])) / MEGABYTE;
  const size = (await sizeOf(image)) - (await sizeOf(base));
  const start = await repeat(times, async () => {
    const startedAt = performance.now();
    await execute(run, ['docker', 'run', '--rm', '--network', 'none', image, '-e', '0']);
    return performance.now() - startedAt;
  });
  return [
    { figure: 'image.size', at: {}, samples: [size] },
    { figure: 'image.start', at: {}, samples: start },
  ];
}
