/** kind, the program that runs a Kubernetes node as a container: https://kind.sigs.k8s.io */
import { attempt } from './execute.ts';
import { type Run, SetUpError } from './run.ts';

/** The release that the project is tested with; older ones do not know the node images of its Kubernetes. */
export const KIND_VERSION = '0.33.0';

export type Kind = {
  /** Path or name of the program. */
  readonly program: string;
  readonly version: string;
};

/** The kind on PATH. Throws SetUpError where there is none, or it is too old. */
export async function requireKind(run: Run): Promise<Kind> {
  const next = `Install kind ${KIND_VERSION} (https://kind.sigs.k8s.io/docs/user/quick-start/#installation) onto PATH.`;
  const { exitCode, stdout } = await attempt(run, ['kind', 'version', '-q']);
  if (exitCode !== 0) throw new SetUpError('there is no `kind` on PATH', { next });
  const version = stdout.trim();
  if (isOlder(version, KIND_VERSION)) throw new SetUpError(`kind ${version} is too old`, { next });
  return { program: 'kind', version };
}

/** Whether a version like `0.31.0` comes before another one. */
function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
