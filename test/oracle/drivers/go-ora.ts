/** go-ora at the version of `go-ora/go.mod`. Compiling it takes long, so it has to be asked for: DBPOOL_TEST_GO_ORA=1. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { cached } from './cache.ts';
import type { Found } from './driver.ts';

const BUILD_TIMEOUT_MS = 300_000;
const SOURCE = join(import.meta.dirname, 'go-ora');
const run = promisify(execFile);

export async function findGoOra(): Promise<Found> {
  if (process.env['DBPOOL_TEST_GO_ORA'] !== '1') return { missing: 'DBPOOL_TEST_GO_ORA is not 1' };
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
