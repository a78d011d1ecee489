/** Docker on this machine: whether it answers, and what it holds. */
import { attempt, execute } from './execute.ts';
import { type Run, SetUpError } from './run.ts';

const INSTALL = 'Install Docker (https://docs.docker.com/engine/install/), start it, and run the command again.';

/** Version of the Docker engine that answers. Throws SetUpError where none does. */
export async function requireDocker(run: Run): Promise<string> {
  const answer = await attempt(run, ['docker', 'version', '--format', '{{.Server.Version}}'], { timeoutMs: 20_000 });
  if (answer.exitCode === 0) return answer.stdout.trim();
  if (answer.exitCode === 127) throw new SetUpError('there is no `docker` on PATH', { next: INSTALL });
  if (/permission denied/i.test(answer.stderr)) {
    throw new SetUpError(`Docker refuses this user: ${answer.stderr.trim()}`, {
      next: 'Add the user to the group `docker` and log in again, or run the command as root.',
    });
  }
  throw new SetUpError(`Docker does not answer: ${answer.stderr.trim()}`, {
    next: 'Start it (`systemctl start docker`, or Docker Desktop) and run the command again.',
  });
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
