/** The kubectl in the cluster's node: it has the right version, and needs no installation on this machine. */
import { execute } from '../../runner/execute.ts';
import type { Run } from '../../runner/run.ts';

export type KubectlOptions = { readonly stdin?: string; readonly timeoutMs?: number };

/** Runs kubectl as the cluster's administrator and returns its standard output. Throws ExecuteError where it fails. */
export async function kubectl(
  run: Run,
  node: string,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  return execute(run, [...kubectlIn(node), ...args], options);
}

/** The command to type in place of `kubectl` on a machine without one. */
export function kubectlIn(node: string): readonly string[] {
  return ['docker', 'exec', '-i', node, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
}
