/** Installs and starts a Docker engine, on a machine where this user may do both. */
import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { attempt, execute } from '../../runner/execute.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import { type Run, SetUpError } from '../../runner/run.ts';
import { missingCapabilities } from './capabilities.ts';

const START_MS = 60_000;
const POLL_MS = 200;
const LOG = join(USER_CACHE, 'dockerd.log');

/** Whether this is Debian, Ubuntu, or a distribution derived from one of them. */
export function hasAptPackages(osRelease = readOsRelease()): boolean {
  return /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(osRelease);
}

const readOsRelease = () => (existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '');

export async function installEngine(run: Run): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['docker.io', 'containerd', 'runc', 'iptables'];
  await execute(run, ['apt-get', 'update', '-qq'], { env });
  run.say(`apt-get install ${packages.join(' ')}`);
  await execute(run, ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** Starts the engine and waits until it answers. The engine keeps running after this command. */
export async function startEngine(run: Run): Promise<void> {
  if (existsSync('/run/systemd/system')) await execute(run, ['systemctl', 'start', 'docker']);
  else await startDaemon(run);
  const endAt = performance.now() + START_MS;
  while ((await attempt(run, ['docker', 'version'])).exitCode !== 0) {
    if (performance.now() > endAt) {
      throw new SetUpError(`dockerd was started and does not answer after ${START_MS / 1000} s: ${tailOfLog()}`, {
        next: `Its log: ${LOG}`,
      });
    }
    await pause(POLL_MS, undefined, { signal: run.signal });
  }
}

async function startDaemon(run: Run): Promise<void> {
  const options = missingCapabilities().length === 0 ? [] : await filteredRuntime(run);
  folder(USER_CACHE);
  const log = openSync(LOG, 'a');
  const engine = spawn('dockerd', options, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  engine.on('error', (error) => run.log.write(`dockerd cannot be started: ${error.message}`));
  engine.unref();
}

/** Options of dockerd for a host that lacks capabilities: a filter in front of runc that removes them from each request. */
async function filteredRuntime(run: Run): Promise<readonly string[]> {
  const program = join(folder(USER_CACHE, 'bin'), 'held-runc');
  run.say('this host lacks capabilities: building a filter for runc');
  await execute(run, ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'held-runc'),
    env: { CGO_ENABLED: '0' },
  });
  return ['--add-runtime', `held=${program}`, '--default-runtime', 'held'];
}

const tailOfLog = () => (existsSync(LOG) ? readFileSync(LOG, 'utf8').trimEnd().split('\n').slice(-3).join('\n') : '');
