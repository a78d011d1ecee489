/** The kubectl in the cluster's node: of the right version, and nothing needs installing on this machine. */
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

/** The command that a person types in place of `kubectl` where they have none. */
export function kubectlIn(node: string): readonly string[] {
  return ['docker', 'exec', '-i', node, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
}
