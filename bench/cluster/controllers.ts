/**
 * Kubernetes' own controllers send at most twenty requests a second by default. Each new Deployment and each changed template
 * costs several: with thousands of them the benchmark would measure that limit, for hours.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { attempt, execute } from '../../test/runner/execute.ts';
import type { Run } from '../../test/runner/run.ts';

const MANIFEST = '/etc/kubernetes/manifests/kube-controller-manager.yaml';
const FLAGS = ['--kube-api-qps=2000', '--kube-api-burst=4000', '--concurrent-deployment-syncs=10'];
const DEADLINE_MS = 120_000;

/** Raises the limits of the controllers in this node. Resolves once they run with the new limits. */
export async function unlimitControllers(run: Run, node: string): Promise<void> {
  const inNode = (script: string) => ['docker', 'exec', node, 'sh', '-c', script];
  const lines = FLAGS.map((flag) => `    - ${flag}`).join('\\n');
  await execute(
    run,
    inNode(`grep -q -- --kube-api-qps ${MANIFEST} || {
      sed 's|^    - kube-controller-manager$|&\\n${lines}|' ${MANIFEST} > /kind/controllers.yaml
      cp /kind/controllers.yaml ${MANIFEST}
    }`),
  );
  const isRunning = `grep -lq kube-api-qp[s] /proc/[0-9]*/cmdline 2>/dev/null`;
  const endAt = performance.now() + DEADLINE_MS;
  while ((await attempt(run, inNode(isRunning))).exitCode !== 0) {
    if (performance.now() > endAt) throw new Error('the controllers do not come up with their new limits');
    await pause(1000, undefined, { signal: run.signal });
  }
}
