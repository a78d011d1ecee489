/** Helm, whose `upgrade` some tests run: https://helm.sh */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from '../../runner/execute.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import type { Run } from '../../runner/run.ts';

/** Helm 3: it compares a release with the one before, and not with the cluster alone. */
export const HELM_VERSION = '3.22.0';

const PROGRAM = join(USER_CACHE, 'bin', `helm-${HELM_VERSION}`);

/** Milliseconds for a build from empty caches. */
const BUILD_MS = 1_200_000;

/** Path of Helm, which Go builds once from its module; Go verifies that by its checksum database. Throws where there is no Go. */
export async function obtainHelm(run: Run): Promise<string> {
  if (existsSync(PROGRAM)) return PROGRAM;
  const bin = folder(USER_CACHE, 'bin', `part-${process.pid}`);
  await execute(run, ['go', 'install', `helm.sh/helm/v3/cmd/helm@v${HELM_VERSION}`], {
    env: { GOBIN: bin, CGO_ENABLED: '0' },
    onLine: (line) => run.say(line),
    timeoutMs: BUILD_MS,
  });
  renameSync(join(bin, 'helm'), PROGRAM);
  rmSync(bin, { recursive: true });
  return PROGRAM;
}
