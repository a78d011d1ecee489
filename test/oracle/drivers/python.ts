/** python-oracledb at a pinned version, in a virtual environment. Needs python3 and a package index, once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache.ts';
import type { Found } from './driver.ts';

export const PYTHON_ORACLEDB = '26.1.0';

const INSTALL_TIMEOUT_MS = 120_000;
const SCENARIOS = join(import.meta.dirname, 'scenarios.py');
const run = promisify(execFile);
const pythonIn = (folder: string) => join(folder, 'bin', 'python');

export async function findPython(): Promise<Found> {
  try {
    const folder = await cached(`python-oracledb-${PYTHON_ORACLEDB}`, install);
    return { command: [pythonIn(folder), SCENARIOS] };
  } catch (error) {
    return { missing: String(error) };
  }
}

async function install(folder: string): Promise<void> {
  const options = { timeout: INSTALL_TIMEOUT_MS };
  await run('python3', ['-m', 'venv', folder], options);
  await run(pythonIn(folder), ['-m', 'pip', 'install', '--quiet', `oracledb==${PYTHON_ORACLEDB}`], options);
}
