import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeMachine } from '../../support/machine.ts';
import { SetUpError } from '../../runner/run.ts';
import { runTests, Tally } from './run-tests.ts';

type Assertion = { readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] };
type File = { readonly name: string; readonly message?: string; readonly assertionResults: readonly Assertion[] };

const passes = (fullName: string): Assertion => ({ fullName, status: 'passed' });
const fails = (fullName: string): Assertion => ({
  fullName,
  status: 'failed',
  failureMessages: ['AssertionError: expected 1 to be 2\n    at here\n    at there\n    at the end of the world'],
});
const file = (...assertionResults: readonly Assertion[]): File => ({ name: 'bread.test.ts', assertionResults });

/** A machine with a fake vitest that writes this report and ends with this code. */
function machineWithVitest(files: readonly File[] | string, exitCode: number, output = '') {
  const machine = fakeMachine();
  const report = join(machine.folder, 'report.json');
  writeFileSync(report, typeof files === 'string' ? files : JSON.stringify({ testResults: files }));
  machine.program(
    'vitest',
    `for word; do case "$word" in --outputFile.json=*) cp ${report} "\${word#*=}";; esac; done
${output}
exit ${exitCode}`,
  );
  return machine;
}

/** What `runTests` says or throws, and the tally's summary after it. */
async function outcomeOf({ run }: ReturnType<typeof machineWithVitest>, tally = new Tally()) {
  const said: unknown = await runTests(run, tally, { project: 'unit' }).catch((error: unknown) => error);
  return { said, last: tally.summary(said instanceof Error) };
}

describe('a run of vitest', () => {
  test('a run of vitest in which all pass returns their number, and shows each as it ends', async () => {
    const machine = machineWithVitest(
      [file(passes('one'), passes('two'))],
      0,
      'echo " ✓ one 2ms"; echo "stdout: noise"; echo " ↓ two [no oven]"',
    );
    expect(await outcomeOf(machine)).toEqual({ said: '2 passed', last: '2 passed, 0 failed' });
    expect(machine.said).toEqual(['✓ one 2ms', '↓ two [no oven]']);
  });

  test('a run of vitest counts skipped tests, and reports them in capitals', async () => {
    const skipped = ['skipped', 'pending', 'todo'].map((status) => ({ fullName: status, status }));
    const machine = machineWithVitest([file(passes('one'), ...skipped)], 0);
    expect(await outcomeOf(machine)).toEqual({ said: '1 passed, 3 SKIPPED', last: '1 passed, 0 failed, 3 skipped' });
  });

  test.for<[string, readonly File[], number, string, string]>([
    [
      'a test failed: it is named, with the head of its failure',
      [file(passes('one'), fails('two'))],
      1,
      '1 failed\ntwo\n  AssertionError: expected 1 to be 2\n      at here\n      at there',
      '1 passed, 1 failed',
    ],
    [
      'a file could not be run: it counts as one',
      [file(passes('one')), { name: 'broken.test.ts', message: 'SyntaxError: no\nstack', assertionResults: [] }],
      1,
      '1 failed\nbroken.test.ts: SyntaxError: no',
      '1 passed, 1 failed',
    ],
    ['a test failed, though the exit code is 0', [file(fails('one'))], 0, '1 failed\none', '0 passed, 1 failed'],
    [
      'vitest failed, though no test did',
      [file(passes('one'))],
      1,
      'vitest ended with 1: out of memory',
      '1 passed, 1 failed',
    ],
    [
      'no test ran, though the exit code is 0',
      [],
      0,
      'vitest ended with 0 and ran no test: out of memory',
      '0 passed, 1 failed',
    ],
  ])('a run of vitest fails where %s', async ([, files, exitCode, message, last]) => {
    const outcome = await outcomeOf(machineWithVitest(files, exitCode, 'echo "out of memory" >&2'));
    expect(outcome.said).toBeInstanceOf(SetUpError);
    expect((outcome.said as SetUpError).message).toContain(message);
    expect((outcome.said as SetUpError).next).toContain('--project unit');
    expect(outcome.last).toBe(last);
  });

  test('a run of vitest with many failures shows the first ten', async () => {
    const names = Array.from({ length: 13 }, (_, index) => `number ${index}`);
    const { said, last } = await outcomeOf(machineWithVitest([file(...names.map(fails))], 1));
    expect(String(said)).toContain('number 9\n');
    expect(String(said)).not.toContain('number 10\n');
    expect(String(said)).toMatch(/\nand 3 more$/);
    expect(last).toBe('0 passed, 13 failed');
  });

  test('a run of vitest fails where vitest is missing, or its report is incomplete', async () => {
    const { run } = fakeMachine();
    await expect(runTests(run, new Tally(), { project: 'unit' })).rejects.toThrow('vitest ended with 127');
    expect((await outcomeOf(machineWithVitest('{"testResults":[', 1))).last).toBe('0 passed, 1 failed');
  });

  test('a run of vitest gets its patterns and environment, and workers of its own for the cluster', async () => {
    const machine = machineWithVitest([file(passes('one'))], 0, 'echo "node $DBPOOL_TEST_NODE"');
    const options = { project: 'e2e', patterns: ['rollout'], env: { DBPOOL_TEST_NODE: 'node-7' } } as const;
    await runTests(machine.run, new Tally(), options);
    expect(machine.calls()).toEqual([expect.stringMatching(/ --project e2e --maxWorkers=\d+ .* rollout$/)]);
    expect(readFileSync(machine.run.log.path, 'utf8')).toContain('node node-7');
  });
});

describe('the last line', () => {
  test('the last line adds up the projects that ran', async () => {
    const tally = new Tally();
    await outcomeOf(machineWithVitest([file(passes('one'), passes('two'))], 0), tally);
    await outcomeOf(machineWithVitest([file(passes('three'), fails('four'))], 1), tally);
    expect(tally.summary(true)).toBe('3 passed, 1 failed');
  });

  test('the last line counts a run that failed without a failed test as one', () => {
    expect(new Tally().summary(true)).toBe('0 passed, 1 failed');
    expect(new Tally().summary(false)).toBe('0 passed, 0 failed');
  });
});
