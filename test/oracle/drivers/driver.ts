/** A driver of another language at work: a program that is told scenarios, a JSON object a line, and answers each with one. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Told = { readonly result?: unknown; readonly error?: string };

/** Where a driver is, or why it cannot be had. */
export type Found = { readonly command: readonly [string, ...string[]] } | { readonly missing: string };

export type Driver = AsyncDisposable & {
  /** Runs one scenario; its result, or the text of the driver's error. One after the other. */
  readonly run: (scenario: string, parameters: object) => Promise<Told>;
};

export function startDriver([program, ...parameters]: readonly [string, ...string[]]): Driver {
  const driver = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: driver.stdout })[Symbol.asyncIterator]();
  return {
    async run(scenario, parameters) {
      driver.stdin.write(`${JSON.stringify({ scenario, parameters })}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`run the scenario ${scenario} by ${program}: it has ended`);
      return JSON.parse(value) as Told;
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => {
        driver.once('exit', resolve);
      });
      driver.stdin.end();
      await ended;
    },
  };
}
