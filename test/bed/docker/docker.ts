/** Docker on this machine: whether it answers, and what it holds. */
import { attempt, execute } from '../../runner/execute.ts';
import type { Prerequisite } from '../prerequisite.ts';
import type { Run } from '../../runner/run.ts';
import { missingCapabilities } from './capabilities.ts';
import { hasAptPackages, installEngine, startEngine } from './engine.ts';

const VERSION = ['docker', 'version', '--format', '{{.Server.Version}}'];
const INSTALL = 'Install Docker (https://docs.docker.com/engine/install/), start it, and run the command again.';
const START = 'Start it (`systemctl start docker`, or Docker Desktop) and run the command again.';

/** What was observed of Docker on this machine. */
export type Observation = {
  /** Of `docker version`: 127 where there is no client. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly isRoot: boolean;
  /** DOCKER_HOST is set: the engine is not on this machine, so it is not started. */
  readonly isRemote: boolean;
  /** The program dockerd is installed. */
  readonly hasEngine: boolean;
  readonly hasAptPackages: boolean;
  /** A filter in front of runc is needed, and Go, which builds it, is missing. */
  readonly lacksGo: boolean;
};

/** The version of the engine that answers, or how to obtain one. */
export async function findDocker(run: Run): Promise<Prerequisite<string>> {
  const answer = await attempt(run, VERSION, { timeoutMs: 20_000 });
  const has = async (...command: readonly string[]) => (await attempt(run, command)).exitCode === 0;
  return assess({
    ...answer,
    isRoot: process.getuid?.() === 0,
    isRemote: Boolean(process.env['DOCKER_HOST']),
    hasEngine: await has('dockerd', '--version'),
    hasAptPackages: hasAptPackages(),
    lacksGo: missingCapabilities().length > 0 && !(await has('go', 'version')),
  });
}

/** The pure part of findDocker. */
export function assess(observation: Observation): Prerequisite<string> {
  const { exitCode, stdout, stderr, isRoot, isRemote, hasEngine } = observation;
  if (exitCode === 0) return { kind: 'found', summary: stdout.trim(), value: stdout.trim() };
  if (/permission denied/i.test(stderr)) {
    return {
      kind: 'missing',
      summary: `it refuses this user: ${stderr.trim()}`,
      next: 'Add the user to the group `docker` and log in again, or run the command as root.',
    };
  }
  const summary = exitCode === 127 ? 'not on PATH' : 'it does not answer';
  const mayStart = isRoot && !isRemote && (hasEngine || observation.hasAptPackages);
  if (!mayStart) return { kind: 'missing', summary, next: exitCode === 127 ? INSTALL : START };
  if (observation.lacksGo) {
    return {
      kind: 'missing',
      summary: `${summary}, and this host lacks capabilities, so that it needs a filter built with Go`,
      next: 'Install Go 1.26 or later (https://go.dev/dl), and run the command again.',
    };
  }
  return {
    kind: 'obtainable',
    summary,
    will: hasEngine ? 'start dockerd' : "install docker.io from this machine's distribution, and start it",
    obtain: async (run) => {
      if (!hasEngine) await installEngine(run);
      await startEngine(run);
      return (await execute(run, VERSION)).trim();
    },
  };
}

export type Image = {
  /** With its tag: `node:24-slim`. */
  readonly name: string;
  /** `sha256:` and the hash of its configuration: the same id is the same content. */
  readonly id: string;
  readonly entrypoint: readonly string[];
};

/** The image of this name, where Docker holds it. */
export async function findImage(run: Run, name: string): Promise<Image | undefined> {
  const format = '{"id":{{json .Id}},"entrypoint":{{json .Config.Entrypoint}}}';
  const { exitCode, stdout } = await attempt(run, ['docker', 'image', 'inspect', '--format', format, name]);
  if (exitCode !== 0) return undefined;
  const { id, entrypoint } = JSON.parse(stdout) as { id: string; entrypoint: string[] | null };
  return { name, id, entrypoint: entrypoint ?? [] };
}

/** Names, with their tags, of all images that Docker holds, newest first. */
export async function imageNames(run: Run): Promise<readonly string[]> {
  const output = await execute(run, ['docker', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  return output.split('\n').filter((name) => name !== '' && !name.includes('<none>'));
}

/**
 * What `docker build` needs in its environment: a client without the buildx plugin knows only the older builder, and
 * must be told so.
 */
export async function builderEnvironment(run: Run): Promise<Readonly<Record<string, string>>> {
  const { exitCode } = await attempt(run, ['docker', 'buildx', 'version']);
  return exitCode === 0 ? {} : { DOCKER_BUILDKIT: '0' };
}
