/** Docker on this machine: whether it answers, and what it holds. */
import { attempt, execute } from '../command/execute.ts';
import type { Prerequisite } from '../command/prerequisite.ts';
import type { Run } from '../command/run.ts';
import { missingCapabilities } from './capabilities.ts';
import { hasAptPackages, installEngine, startEngine } from './engine.ts';

const INSTALL = 'Install Docker (https://docs.docker.com/engine/install/), start it, and run the command again.';
const START = 'Start it (`systemctl start docker`, or Docker Desktop) and run the command again.';

/** The version of the engine that answers, or how one will be had. */
export async function findDocker(run: Run): Promise<Prerequisite<string>> {
  const answer = await attempt(run, ['docker', 'version', '--format', '{{.Server.Version}}'], { timeoutMs: 20_000 });
  if (answer.exitCode === 0) return found(answer.stdout.trim());
  if (/permission denied/i.test(answer.stderr)) {
    return {
      kind: 'missing',
      words: `Docker refuses this user: ${answer.stderr.trim()}`,
      next: 'Add the user to the group `docker` and log in again, or run the command as root.',
    };
  }
  const hasClient = answer.exitCode !== 127;
  const words = hasClient ? 'it does not answer' : 'not on PATH';
  const isRoot = process.getuid?.() === 0;
  const hasEngine = (await attempt(run, ['dockerd', '--version'])).exitCode === 0;
  if (!isRoot || process.env['DOCKER_HOST'] || (!hasEngine && !hasAptPackages())) {
    return { kind: 'missing', words, next: hasClient ? START : INSTALL };
  }
  const lacksGo = missingCapabilities().length > 0 && (await attempt(run, ['go', 'version'])).exitCode !== 0;
  if (lacksGo) {
    return {
      kind: 'missing',
      words: `${words}, and this host lacks capabilities, so that it needs a filter built with Go`,
      next: 'Install Go 1.26 or later (https://go.dev/dl), and run the command again.',
    };
  }
  return {
    kind: 'obtainable',
    words,
    will: hasEngine ? 'start dockerd' : "install docker.io from this machine's distribution, and start it",
    obtain: async (step) => {
      if (!hasEngine) await installEngine(step);
      await startEngine(step);
      return (await execute(step, ['docker', 'version', '--format', '{{.Server.Version}}'])).trim();
    },
  };
}

const found = (version: string): Prerequisite<string> => ({ kind: 'found', words: version, value: version });

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
