/** kind, the program that runs a Kubernetes node as a container: https://kind.sigs.k8s.io */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { abortAfter } from '../../../src/runtime/timers.ts';
import { attempt, execute } from '../../runner/execute.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import type { Prerequisite } from '../prerequisite.ts';
import { type Run, SetUpError } from '../../runner/run.ts';

/** The release that the project is tested with. Older releases cannot run the node images of its Kubernetes version. */
export const KIND_VERSION = '0.33.0';

export type Kind = {
  /** Path or name of the program. */
  readonly program: string;
  readonly version: string;
};

const OWN = join(USER_CACHE, 'bin', `kind-${KIND_VERSION}`);
const INSTALL = `Install kind ${KIND_VERSION} or later onto PATH: https://kind.sigs.k8s.io/docs/user/quick-start/#installation`;
const DOWNLOAD_MS = 120_000;

/** The kind on PATH where it is new enough, else the one in the cache folder, else how to obtain it. */
export async function findKind(run: Run): Promise<Prerequisite<Kind>> {
  const onPath = await versionOf(run, 'kind');
  if (onPath !== undefined && !isOlder(onPath, KIND_VERSION)) return found('kind', onPath);
  const own = existsSync(OWN) ? await versionOf(run, OWN) : undefined;
  if (own !== undefined) return found(OWN, own);
  const summary = onPath === undefined ? 'not on PATH' : `${onPath} on PATH is too old`;
  const hasGo = (await attempt(run, ['go', 'version'])).exitCode === 0;
  return {
    kind: 'obtainable',
    summary,
    will: hasGo ? `build kind ${KIND_VERSION} by \`go install\`` : `download the release ${KIND_VERSION} of kind`,
    obtain: hasGo ? buildKind : downloadKind,
  };
}

const found = (program: string, version: string): Prerequisite<Kind> => ({
  kind: 'found',
  summary: `${version}${program === 'kind' ? '' : `, ${program}`}`,
  value: { program, version },
});

async function versionOf(run: Run, program: string): Promise<string | undefined> {
  const { exitCode, stdout } = await attempt(run, [program, 'version', '-q']);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Go verifies the module by its checksum database. */
async function buildKind(run: Run): Promise<Kind> {
  const bin = folder(USER_CACHE, 'bin', `part-${process.pid}`);
  const env = { GOBIN: bin, CGO_ENABLED: '0' };
  await execute(run, ['go', 'install', `sigs.k8s.io/kind@v${KIND_VERSION}`], { env, onLine: (line) => run.say(line) });
  renameSync(join(bin, 'kind'), OWN);
  rmSync(bin, { recursive: true });
  return { program: OWN, version: KIND_VERSION };
}

async function downloadKind(run: Run): Promise<Kind> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://kind.sigs.k8s.io/dl/v${KIND_VERSION}/kind-${process.platform}-${architecture}`;
  run.say(url);
  const [program, sum] = await Promise.all([download(run, url), download(run, `${url}.sha256sum`)]);
  const [expected] = sum.toString('utf8').split(/\s/);
  const actual = createHash('sha256').update(program).digest('hex');
  if (actual !== expected) {
    throw new SetUpError(`${url}: its SHA-256 is ${actual}, and should be ${expected}`, { next: INSTALL });
  }
  folder(USER_CACHE, 'bin');
  writeFileSync(`${OWN}.part`, program);
  chmodSync(`${OWN}.part`, 0o755);
  renameSync(`${OWN}.part`, OWN);
  return { program: OWN, version: KIND_VERSION };
}

async function download(run: Run, url: string): Promise<Buffer> {
  const signal = AbortSignal.any([run.signal, abortAfter(DOWNLOAD_MS)]);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    run.signal.throwIfAborted();
    throw new SetUpError(`${url} cannot be downloaded: ${causeOf(error)}`, { next: INSTALL, cause: error });
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Whether a version comes before a release: `0.31.0` before `0.33.0`, and so does `0.33.0-alpha`, which became it. */
function isOlder(version: string, release: string): boolean {
  const [numbers = ''] = version.split('-');
  if (numbers === release) return version !== release;
  return numbers.localeCompare(release, 'en', { numeric: true }) < 0;
}
