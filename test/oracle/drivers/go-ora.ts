/**
 * go-ora at the version of `go-ora/go.mod`. Needs go and its module proxy, once: half a minute on two cores. A build that is
 * cut off goes on with the next run, since go keeps what it has compiled.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { cached } from './cache.ts';
import type { Found } from './driver.ts';

const BUILD_TIMEOUT_MS = 120_000;
const SOURCE = join(import.meta.dirname, 'go-ora');
const run = promisify(execFile);

export async function findGoOra(): Promise<Found> {
  const source = ['main.go', 'go.mod'].map((file) => readFileSync(join(SOURCE, file), 'utf8')).join('');
  try {
    const folder = await cached(`go-ora-${hash('sha256', source).slice(0, 12)}`, build);
    return { command: [join(folder, 'scenarios')] };
  } catch (error) {
    return { missing: String(error) };
  }
}

async function build(folder: string): Promise<void> {
  const output = join(folder, 'scenarios');
  await run('go', ['build', '-o', output, '.'], { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS });
}
