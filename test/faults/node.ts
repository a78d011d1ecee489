/** The node of a kind cluster as a machine: its shell, and the processes of its containers, which signals reach from here. */
import { execute } from '../runner/execute.ts';
import type { Run } from '../runner/run.ts';

export type KindNode = {
  readonly run: Run;
  /** Name of its container. */
  readonly name: string;
};

/** What a script in the node's own shell wrote. Throws ExecuteError where it ends with another code than 0. */
export const shell = ({ run, name }: KindNode, script: string, stdin = ''): Promise<string> =>
  execute(run, ['docker', 'exec', '-i', name, 'sh', '-c', script], { stdin, timeoutMs: 60_000 });

/** The process of the control plane that has this name. */
export const pidOf = async (node: KindNode, program: 'etcd' | 'kube-apiserver' | 'kubelet'): Promise<number> =>
  Number(await shell(node, `pidof -s ${program}`));

/** The processes that were started with this variable, like `POD_NAME=dbpool-operator-0`; of them, those with this argument. */
export async function pidsWith(node: KindNode, variable: string, argument?: string): Promise<readonly number[]> {
  const holding = async (file: 'environ' | 'cmdline', word: string) => {
    const found = await shell(node, `grep -lzxF '${word}' /proc/[0-9]*/${file} 2> /dev/null || true`);
    return [...found.matchAll(/\d+/g)].map(([pid]) => Number(pid));
  };
  const [started, running] = await Promise.all([
    holding('environ', variable),
    argument && holding('cmdline', argument),
  ]);
  return started.filter((pid) => !running || running.includes(pid));
}

export async function signal(node: KindNode, pid: number, name: 'KILL' | 'STOP' | 'CONT' | 'TERM'): Promise<void> {
  await shell(node, `kill -${name} ${pid}`);
}

/** Stops a process for as long as `meanwhile` takes, unless the kubelet ends it before: one that is stopped is not alive. */
export async function frozen<T>(node: KindNode, pid: number, meanwhile: () => Promise<T>): Promise<T> {
  await signal(node, pid, 'STOP');
  try {
    return await meanwhile();
  } finally {
    await shell(node, `test ! -d /proc/${pid} || kill -CONT ${pid}`);
  }
}
