/**
 * A fake machine for tests of test/runner, test/bed and test/commands: PATH is one temporary folder, and the programs in
 * it are small shell scripts.
 */
import { mkdirSync, mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { Run } from '../runner/run.ts';
import { RunLog } from '../runner/run-log.ts';

export type Machine = {
  /** Temporary; gone after the test. */
  readonly folder: string;
  readonly run: Run;
  /** What the run said, oldest first. */
  readonly said: readonly string[];
  /** Puts a fake program on PATH: a shell script, which runs with the system's own programs. */
  readonly program: (name: string, script: string) => void;
  /** What the fake programs were asked, oldest first, as `docker image inspect NAME`. */
  readonly calls: () => readonly string[];
};

/** Lasts as long as the test. */
export function fakeMachine(signal: AbortSignal = new AbortController().signal): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  const [bin, calls] = [join(folder, 'bin'), join(folder, 'calls')];
  mkdirSync(bin);
  vi.stubEnv('PATH', bin);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const said: string[] = [];
  return {
    folder,
    run: { log: new RunLog('unit', join(folder, 'logs')), signal, say: (line) => void said.push(line) },
    said,
    program: (name, script) => {
      const head = `#!/bin/sh\nPATH=/usr/bin:/bin\necho "${name} $*" >> '${calls}'\n`;
      writeFileSync(join(bin, name), `${head}${script}\n`, { mode: 0o755 });
    },
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []),
  };
}
