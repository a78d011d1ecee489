/** The example backend as a process of its own, as its container runs it, on a port of loopback. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '..', '..', 'examples', 'backend', 'main.ts');

export type Ended = { readonly code: number | null; readonly signal: string | null; readonly output: string };

export type BackendProcess = {
  /** Settles with the first line that has `text` in it; rejects with all output where the process ends without one. */
  readonly line: (text: string) => Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when it has ended and all of its output is read. */
  readonly ended: Promise<Ended>;
};

/** Starts it with these variables and no others. */
export function startBackend(variables: Readonly<Record<string, string>>): BackendProcess {
  const env = { HOST: '127.0.0.1', PORT: '0', ...variables };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string | null)[]) => ({ code, signal, output: lines.join('\n') }) as Ended,
  );
  return {
    line: async (text) => {
      const found = Promise.withResolvers<string>();
      const look = () => {
        const line = lines.find((one) => one.includes(text));
        if (line !== undefined) found.resolve(line);
      };
      waiting.add(look);
      look();
      void ended.then(({ output }) => found.reject(new Error(`the backend ended without "${text}": ${output}`)));
      return found.promise.finally(() => waiting.delete(look));
    },
    kill: (signal) => child.kill(signal),
    ended,
  };
}
