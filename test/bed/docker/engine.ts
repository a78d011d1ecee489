/** Installs and starts a Docker engine, on a machine where this user may do both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { attempt, execute } from '../../runner/execute.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import { type Run, SetUpError } from '../../runner/run.ts';
import { missingCapabilities } from './capabilities.ts';

const START_MS = 60_000;
const POLL_MS = 200;
const LOG = join(USER_CACHE, 'dockerd.log');
const HOST_SETTINGS = '/etc/docker/daemon.json';

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
  const daemon = existsSync('/run/systemd/system') ? undefined : await startDaemon(run);
  if (daemon === undefined) await execute(run, ['systemctl', 'start', 'docker']);
  const endAt = performance.now() + START_MS;
  while ((await attempt(run, ['docker', 'version'])).exitCode !== 0) {
    const hasEnded = daemon !== undefined && daemon.exitCode !== null;
    if (!hasEnded && performance.now() < endAt) {
      await pause(POLL_MS, undefined, { signal: run.signal });
      continue;
    }
    const problem = hasEnded ? 'ended at once' : `does not answer after ${START_MS / 1000} s`;
    throw new SetUpError(`dockerd was started and ${problem}: ${tailOfLog()}`, { next: `Its log: ${LOG}` });
  }
}

async function startDaemon(run: Run): Promise<ChildProcess> {
  const options = missingCapabilities().length === 0 ? [] : await filteredRuntime(run);
  folder(USER_CACHE);
  const log = openSync(LOG, 'a');
  const engine = spawn('dockerd', options, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  engine.on('error', (error) => run.log.write(`dockerd cannot be started: ${error.message}`));
  engine.unref();
  return engine;
}

/** Options of dockerd for a host that lacks capabilities: a filter in front of runc that removes them from each request. */
async function filteredRuntime(run: Run): Promise<readonly string[]> {
  const program = join(folder(USER_CACHE, 'bin'), 'held-runc');
  run.say('this host lacks capabilities: building a filter for runc');
  await execute(run, ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'held-runc'),
    env: { CGO_ENABLED: '0' },
  });
  const settings = join(USER_CACHE, 'dockerd.json');
  const hostSettings = existsSync(HOST_SETTINGS) ? readFileSync(HOST_SETTINGS, 'utf8') : '';
  writeFileSync(settings, engineSettings(hostSettings, program));
  return ['--config-file', settings];
}

/**
 * The host's settings of dockerd (the text of its daemon.json, `''` where it has none), with this program as the
 * default runtime. dockerd refuses a setting that both its file and an option name, so that no option may stand in
 * for the file.
 * @throws SetUpError where the host's text is not an object in JSON
 */
export function engineSettings(hostSettings: string, program: string): string {
  const host = hostSettings.trim() === '' ? {} : parseSettings(hostSettings);
  const runtimes = isObject(host['runtimes']) ? host['runtimes'] : {};
  return JSON.stringify({ ...host, runtimes: { ...runtimes, held: { path: program } }, 'default-runtime': 'held' });
}

function parseSettings(text: string): Readonly<Record<string, unknown>> {
  const next = `Mend ${HOST_SETTINGS}, and run the command again.`;
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw new SetUpError(`${HOST_SETTINGS} is not JSON: ${(cause as Error).message}`, { next, cause });
  }
  if (isObject(settings)) return settings;
  throw new SetUpError(`${HOST_SETTINGS} must hold an object, and holds ${text.trim()}`, { next });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const tailOfLog = () => (existsSync(LOG) ? readFileSync(LOG, 'utf8').trimEnd().split('\n').slice(-3).join('\n') : '');
