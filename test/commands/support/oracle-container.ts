/** An Oracle Database Free in a container of this checkout's own: https://github.com/gvenzl/oci-oracle-free */
import { randomBytes } from 'node:crypto';
import { pause } from '../../../src/runtime/timers.ts';
import type { Administrator } from '../../probe/cases/test-database.ts';
import { attempt, execute } from '../../runner/execute.ts';
import { CHECKOUT_ID } from '../../runner/folders.ts';
import { type Run, SetUpError } from '../../runner/run.ts';

export const IMAGE = 'gvenzl/oracle-free:23-slim-faststart';
const CONTAINER = `dbpool-oracle-${CHECKOUT_ID}`;

/** For a large image. A registry that is not in reach may say nothing at all. */
const PULL_MS = 600_000;

/** From the start of the container until its database takes logons. */
const READY_MS = 600_000;
const POLL_MS = 1000;

/** The entry point of the image writes it once the password is set. A logon before that would count as a wrong password. */
const READY = 'DATABASE IS READY TO USE!';

/** Why there can be no container here; undefined where there can. Pulls the image unless Docker holds it. */
export async function obstacleTo(run: Run, dockerHost = process.env['DOCKER_HOST'] ?? ''): Promise<string | undefined> {
  if (dockerHost !== '' && !dockerHost.startsWith('unix:')) return 'DOCKER_HOST names a Docker of another machine';
  const answer = await attempt(run, ['docker', 'version'], { timeoutMs: 20_000 }).catch(reasonUnlessStopped(run));
  if (typeof answer === 'string') return `Docker does not answer: ${answer}`;
  if (answer.exitCode !== 0) return answer.exitCode === 127 ? 'Docker is not on PATH' : 'Docker does not answer';
  if ((await attempt(run, ['docker', 'image', 'inspect', IMAGE])).exitCode === 0) return undefined;
  run.say(`docker pull ${IMAGE}`);
  const pulled = await execute(run, ['docker', 'pull', IMAGE], { timeoutMs: PULL_MS }).then(
    () => undefined,
    reasonUnlessStopped(run),
  );
  return pulled === undefined ? undefined : `Docker cannot pull ${IMAGE}: ${pulled}`;
}

/** The error as text; throws where the run was stopped. */
const reasonUnlessStopped =
  (run: Run) =>
  (error: unknown): string => {
    run.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  };

/** Starts the container on a free port of loopback, and waits for its database. Throws SetUpError where it ends, or needs too long. */
export async function startContainer(run: Run): Promise<Administrator> {
  await removeContainer(run);
  const password = `Aa1_${randomBytes(12).toString('hex')}`;
  // Without a value, so that it is in no list of processes and in no log.
  const secret = ['--env', 'ORACLE_PASSWORD'];
  const start = ['docker', 'run', '--detach', '--name', CONTAINER, '--publish', '127.0.0.1::1521', ...secret, IMAGE];
  await execute(run, start, { env: { ORACLE_PASSWORD: password } });
  await untilReady(run);
  const address = (await execute(run, ['docker', 'port', CONTAINER, '1521/tcp'])).trim();
  return { connectString: `${address}/FREEPDB1`, user: 'system', password };
}

async function untilReady(run: Run): Promise<void> {
  const endAt = performance.now() + READY_MS;
  for (;;) {
    const isRunning = (await execute(run, ['docker', 'inspect', '--format', '{{.State.Running}}', CONTAINER])).trim();
    const { stdout, stderr } = await attempt(run, ['docker', 'logs', CONTAINER]);
    if (stdout.includes(READY)) return;
    if (isRunning !== 'true' || performance.now() > endAt) {
      const problem = isRunning === 'true' ? `is not ready after ${READY_MS / 60_000} minutes` : 'has ended';
      const tail = `${stdout}${stderr}`.trimEnd().split('\n').slice(-5).join('\n');
      throw new SetUpError(`the container of ${IMAGE} ${problem}: ${tail}`, {
        next: 'Give Docker more memory: the database uses up to 2 GB. Or name a database: see docs/development.md.',
      });
    }
    await pause(POLL_MS, run.signal);
  }
}

/** Removes the container with its data; none is no error. */
export async function removeContainer(run: Run): Promise<void> {
  await attempt(run, ['docker', 'rm', '--force', '--volumes', CONTAINER]);
}
