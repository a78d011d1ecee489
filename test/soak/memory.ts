/** How much memory the operator's processes take, looked at again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import { ExecuteError } from '../runner/execute.ts';
import { type KindNode, shell } from '../faults/node.ts';
import type { Sample } from './leak.ts';
import type { Span } from './span.ts';

const LOOK_MS = 5000;

export class Memory {
  readonly #samples = new Map<number, Sample[]>();

  /** Samples all processes until the signal. */
  async keepLooking(node: KindNode, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(node).catch(isBusy);
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(node: KindNode): Promise<void> {
    const files = `$(grep -lzxF /app/operator.mjs /proc/[0-9]*/cmdline 2> /dev/null | sed s/cmdline/status/)`;
    const lines = await shell(node, `grep -H VmRSS ${files} /dev/null || true`);
    const at = Date.now();
    for (const [, pid, kibibytes] of lines.matchAll(/\/proc\/(\d+)\/status:VmRSS:\s+(\d+)/g)) {
      const samples = this.#samples.get(Number(pid)) ?? [];
      samples.push({ at, mebibytes: Number(kibibytes) / 1024 });
      this.#samples.set(Number(pid), samples);
    }
  }

  /** The most that any process had, in MiB. */
  get most(): number {
    const all = [...this.#samples.values()].flat();
    return Math.round(all.reduce((most, { mebibytes }) => Math.max(most, mebibytes), 0));
  }

  /** Of one process, in this time. */
  of(pid: number, { from, to }: Span): readonly Sample[] {
    return (this.#samples.get(pid) ?? []).filter(({ at }) => at >= from && at <= to);
  }
}

/** A node that has no time for it is asked again. */
function isBusy(error: unknown): void {
  if (!(error instanceof ExecuteError)) throw error;
}
