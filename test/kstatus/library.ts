/**
 * The library kstatus at the version of `program/go.mod`. Needs go and its module proxy, once: half a minute on two cores. A build
 * that is cut off goes on with the next run, since go keeps what it has compiled.
 */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../oracle/drivers/cache.ts';

const BUILD_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 10_000;
const SOURCE = join(import.meta.dirname, 'program');
const run = promisify(execFile);

/** The statuses of objects, in their order: "Current", "InProgress", "Failed", "Terminating", or "error: " and a message. */
export type Library = { readonly statusesOf: (objects: readonly object[]) => Promise<readonly string[]> };

/** The library, or why it cannot be had. */
export async function findLibrary(): Promise<Library | { readonly missing: string }> {
  const source = ['main.go', 'go.mod', 'go.sum'].map((file) => readFileSync(join(SOURCE, file), 'utf8')).join('');
  try {
    const folder = await cached(`kstatus-${hash('sha256', source).slice(0, 12)}`, build);
    return { statusesOf: (objects) => ask(join(folder, 'kstatus'), objects) };
  } catch (error) {
    return { missing: String(error) };
  }
}

async function build(folder: string): Promise<void> {
  const output = join(folder, 'kstatus');
  await run('go', ['build', '-mod=readonly', '-o', output, '.'], { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS });
}

async function ask(program: string, objects: readonly object[]): Promise<readonly string[]> {
  const asked = run(program, { timeout: RUN_TIMEOUT_MS });
  asked.child.stdin?.end(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  const { stdout } = await asked;
  return stdout.trimEnd().split('\n');
}
