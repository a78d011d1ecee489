import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkoutOf, linkDependencies, removeCheckout } from '../../support/checkout.ts';

/** A command that does what its first argument names. */
const PROGRAM = `
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from './support/command.ts';
import { execute } from '../runner/execute.ts';
import { SetUpError } from '../runner/run.ts';
import { runSteps } from '../runner/steps.ts';

const works = {
  succeeds: async () => 0,
  'returns 1': async () => 1,
  'fails in a step': (run) =>
    runSteps(run, [
      { title: 'Oven', run: () => Promise.reject(new SetUpError('it is cold\\nand dark', { next: 'Light it.\\nWait.' })) },
    ]),
  'fails by a program': (run) => runSteps(run, [{ title: 'Oven', run: (step) => execute(step, ['no-such-oven']) }]),
  'fails outside of a step': () => Promise.reject(new TypeError('no dough')),
  'leaves a rejected promise behind': async () => {
    void Promise.reject(new TypeError('no dough'));
    await pause(10);
    return 0;
  },
  'waits in a step': (run) =>
    runSteps(run, [
      {
        title: 'Oven',
        run: async ({ signal }) => {
          console.log('ready');
          await pause(60_000, undefined, { signal }).finally(async () => {
            console.log('ready');
            await pause(50);
            console.log('put out');
          });
        },
      },
    ]),
};
await runCommand({
  name: 'bake',
  work: works[process.argv[2]],
  next: 'Bake again.',
  interrupted: 'The dough is in the bowl.',
  last: (hasFailed) => (hasFailed ? '0 passed, 1 failed' : '1 passed, 0 failed'),
});
`;

let checkout: string;
beforeAll(() => {
  checkout = checkoutOf('test/commands/support', 'test/runner');
  linkDependencies(checkout);
  writeFileSync(join(checkout, 'test/commands/bake.ts'), PROGRAM);
});
afterAll(() => removeCheckout(checkout));

/** What the command writes, to both outputs, and its exit code. */
async function bake(work: string, onReady?: (child: ChildProcess) => void) {
  // One pipe for both outputs, as on a terminal, keeps the order in which they were written.
  const script = 'exec "$0" test/commands/bake.ts "$1" 2>&1';
  const child = spawn('sh', ['-c', script, process.execPath, work], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line === 'ready') onReady?.(child);
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, lines, output: lines.join('\n') };
}

const logOf = (output: string) => /^ {2}log: {3}(.+)$/m.exec(output)?.[1] ?? '';

describe.concurrent('a command', () => {
  test.for<[string, number, string]>([
    ['succeeds', 0, '1 passed, 0 failed'],
    ['returns 1', 1, '0 passed, 1 failed'],
  ])('a command that %s ends with %i, without an explanation', async ([work, code, last]) => {
    const { exitCode, lines } = await bake(work);
    expect(exitCode).toBe(code);
    expect(lines).toEqual(['', last]);
  });

  test.for<[string, string[], string]>([
    [
      'fails in a step',
      ['Oven failed', '  cause: it is cold', '         and dark', '  next:  Light it.', '         Wait.'],
      'SetUpError: it is cold',
    ],
    [
      'fails by a program',
      ['Oven failed', '  cause: no-such-oven ended with 127: no-such-oven: command not found', '  next:  Bake again.'],
      '[1] $ no-such-oven',
    ],
    [
      'fails outside of a step',
      ['Failed', '  cause: TypeError: no dough', '  next:  Bake again.'],
      'TypeError: no dough',
    ],
    [
      'leaves a rejected promise behind',
      ['Failed', '  cause: TypeError: no dough', '  next:  Bake again.'],
      'uncaught: TypeError: no dough',
    ],
  ])(
    'a command that %s explains the failure, ends with 1, and prints its last line last',
    async ([work, explanation, logged]) => {
      const { exitCode, lines, output } = await bake(work);
      expect(exitCode).toBe(1);
      expect(output).toContain(['', ...explanation, '  log:   '].join('\n'));
      expect(lines.at(-1)).toBe('0 passed, 1 failed');
      expect(existsSync(logOf(output))).toBe(true);
      expect(readFileSync(logOf(output), 'utf8')).toContain(logged);
    },
  );

  test('a command that is interrupted cleans up, says what is left, and ends with 130', async () => {
    // npm delivers the same key press a second time, during the clean-up: that must not end the clean-up.
    const { exitCode, lines, output } = await bake('waits in a step', (child) => child.kill('SIGINT'));
    expect(exitCode).toBe(130);
    expect(output).toContain('put out');
    expect(output).toContain('Interrupted. The dough is in the bowl.');
    expect(output).not.toContain('cause:');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });
});
