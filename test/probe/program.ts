/** Runs the probe as the Job does: a process with an environment, whose word is a file and an exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Verdict, verdictSchema } from '../../src/contract/verdict.ts';

const MAIN = join(import.meta.dirname, '../../src/probe/main.ts');

export type Ended = {
  readonly verdict: Verdict;
  readonly exitCode: number | null;
  /** That ended it. */
  readonly signal: NodeJS.Signals | null;
  /** All that it wrote anywhere. */
  readonly output: string;
};

export type RunOptions = {
  /** Node's own arguments. */
  readonly node?: readonly string[];
  /** Files that it may have open at a time. */
  readonly openFiles?: number;
  /** Called once, when it has written its first line. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Kills it as soon as it has written a verdict. */
  readonly isKilled?: boolean;
};

export async function runProbe(
  variables: Record<string, string | undefined>,
  options: RunOptions = {},
): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'probe-'));
  try {
    const file = join(folder, 'termination-log');
    const env = { ...variables, TERMINATION_MESSAGE_PATH: file };
    const command = [process.execPath, ...(options.node ?? []), MAIN];
    const child =
      options.openFiles === undefined
        ? spawn(process.execPath, command.slice(1), { env })
        : spawn('sh', ['-c', 'ulimit -n "$0"; exec "$@"', String(options.openFiles), ...command], { env });
    let output = '';
    child.stdout.once('data', () => options.onStart?.((signal) => child.kill(signal)));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    if (options.isKilled === true) {
      const exited = new AbortController();
      child.once('close', () => exited.abort(new Error('the program ended before it wrote a verdict')));
      await written(folder, file, exited.signal);
      child.kill('SIGKILL');
    }
    const [exitCode, signal] = await ended;
    const text = await readFile(file, 'utf8');
    return { verdict: verdictSchema.parse(JSON.parse(text)), exitCode, signal, output: output + text };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Resolves once the file has something in it; rejects once the signal is aborted. */
async function written(folder: string, file: string, signal: AbortSignal): Promise<void> {
  for await (const _ of watch(folder, { signal })) if ((await readFile(file, 'utf8')) !== '') return;
}
