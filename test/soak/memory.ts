/** How much memory the operator's processes take, looked at again and again, and what became of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { ExecuteError } from '../cluster/command/execute.ts';
import { type KindNode, shell } from '../faults/node.ts';

const LOOK_MS = 5000;

/** Milliseconds until a process has loaded and listed everything: what it takes until then is no growth. */
const WARM_MS = 30_000;

type Sample = { readonly at: number; readonly mebibytes: number };

export class Memory {
  readonly #samples = new Map<string, Sample[]>();

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
    const at = performance.now();
    for (const [, pid = '', kibibytes] of lines.matchAll(/\/proc\/(\d+)\/status:VmRSS:\s+(\d+)/g)) {
      const samples = this.#samples.get(pid) ?? [];
      this.#samples.set(pid, [...samples, { at, mebibytes: Number(kibibytes) / 1024 }]);
    }
  }

  get processes(): number {
    return this.#samples.size;
  }

  /** The most that any of them had, in MiB. */
  get most(): number {
    return Math.round(Math.max(0, ...[...this.#samples.values()].flat().map(({ mebibytes }) => mebibytes)));
  }

  /** Of the process that lived longest, once it was warm: its minutes, and the MiB in their first and last third (medians). */
  get longest(): { readonly minutes: number; readonly first: number; readonly last: number } | undefined {
    const warm = [...this.#samples.values()]
      .map((samples) => samples.filter(({ at }) => at >= (samples[0]?.at ?? 0) + WARM_MS))
      .toSorted((a, b) => b.length - a.length)[0];
    const [begin, end] = [warm?.[0], warm?.at(-1)];
    if (warm === undefined || begin === undefined || end === undefined) return undefined;
    const third = Math.ceil(warm.length / 3);
    return {
      minutes: (end.at - begin.at) / 60_000,
      first: median(warm.slice(0, third)),
      last: median(warm.slice(-third)),
    };
  }
}

const median = (samples: readonly Sample[]) =>
  Math.round(samples.map(({ mebibytes }) => mebibytes).toSorted((a, b) => a - b)[samples.length >> 1] ?? 0);

/** A node that has no time for it is asked again. */
function isBusy(error: unknown): void {
  if (!(error instanceof ExecuteError)) throw error;
}
