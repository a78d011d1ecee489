/** Runs the probe as the Job does: a process with an environment, whose word is a file and an exit code. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Verdict, verdictSchema } from '../../src/verdict.ts';

const MAIN = join(import.meta.dirname, '../../src/probe/main.ts');

export type Ended = {
  readonly verdict: Verdict;
  readonly exitCode: number | null;
  /** All that it wrote anywhere. */
  readonly output: string;
};

export type RunOptions = {
  /** Node's own arguments. */
  readonly node?: readonly string[];
  /** Called once, when it has written its first line. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
};

export async function runProbe(
  variables: Record<string, string | undefined>,
  options: RunOptions = {},
): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'probe-'));
  try {
    const file = join(folder, 'termination-log');
    const env = { ...variables, TERMINATION_MESSAGE_PATH: file };
    const child = spawn(process.execPath, [...(options.node ?? []), MAIN], { env });
    let output = '';
    child.stdout.once('data', () => options.onStart?.((signal) => child.kill(signal)));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const text = await readFile(file, 'utf8');
    return { verdict: verdictSchema.parse(JSON.parse(text)), exitCode, output: output + text };
  } finally {
    await rm(folder, { recursive: true });
  }
}
