/** Runs a project of vitest, shows its progress, counts its tests, and names the failed ones. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { attempt } from '../../runner/execute.ts';
import { type Run, SetUpError } from '../../runner/run.ts';

/** Counts of the tests of all projects that ran. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** `N passed, N failed`. A run that failed without a failed test counts as one failure. */
  summary(hasFailed: boolean): string {
    const { passed, skipped } = this;
    const failed = this.failed === 0 && hasFailed ? 1 : this.failed;
    return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  }
}

export type TestRun = {
  readonly project: 'unit' | 'programs' | 'properties' | 'drivers' | 'oracle' | 'e2e' | 'faults' | 'long';
  /** Only files whose path contains one of these; all files where it is empty. */
  readonly patterns?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Milliseconds for one project. The faults take 10 minutes, and several times that on a busy machine. */
const TIMEOUT_MS = 3_600_000;

/** Failed tests that are shown; the log has all of them. */
const MAX_SHOWN = 10;

/** Test files that run at the same time. Tests on kind mostly wait; those that break the cluster run
 * alone. */
const WORKERS: Readonly<Partial<Record<TestRun['project'], number>>> = { e2e: 4, faults: 1, long: 2 };

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

type Report = z.infer<typeof reportSchema>;

/** Adds the counts to `tally`, also where it throws. Throws SetUpError where a test failed, or no test ran. */
export async function runTests(run: Run, tally: Tally, { project, patterns = [], env }: TestRun): Promise<string> {
  const file = join(run.log.folder, `${project}.json`);
  const workers = WORKERS[project] === undefined ? [] : [`--maxWorkers=${WORKERS[project]}`];
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`];
  const { exitCode, stderr } = await attempt(
    run,
    ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project, ...workers, ...reporters, ...patterns],
    {
      env: { NO_COLOR: '1', ...env },
      timeoutMs: TIMEOUT_MS,
      onLine: (line) => {
        if (/^ *[✓×↓]|^measured: /.test(line)) run.say(line.trim());
      },
    },
  );
  const report: Report = existsSync(file)
    ? reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { testResults: [] };
  const failures = count(tally, report);
  const hasTests = report.testResults.some(({ assertionResults }) => assertionResults.length > 0);
  if (exitCode === 0 && failures.length === 0 && hasTests) return countsOf(report);
  throw new SetUpError(
    failures.length === 0
      ? `vitest ended with ${exitCode}${hasTests ? '' : ' and ran no test'}: ${stderr.slice(-2000)}`
      : listed(failures),
    {
      next: `The whole output is in the log. Again: npx vitest run --config test/vitest.config.ts --project ${project}`,
    },
  );
}

/** Adds to `tally`; returns a text for each failed test, and for each file that could not be run. */
function count(tally: Tally, { testResults }: Report): readonly string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0 && message !== '') {
      tally.failed += 1;
      return [`${name}: ${message.split('\n')[0]}`];
    }
    return assertionResults.flatMap(({ fullName, status, failureMessages }) => {
      if (status === 'passed') tally.passed += 1;
      else if (status === 'failed') tally.failed += 1;
      else tally.skipped += 1;
      return status === 'failed'
        ? [`${fullName}\n  ${(failureMessages?.[0] ?? '').split('\n').slice(0, 3).join('\n  ')}`]
        : [];
    });
  });
}

function countsOf({ testResults }: Report): string {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skipped = tests.length - passed;
  return `${passed} passed${skipped === 0 ? '' : `, ${skipped} SKIPPED`}`;
}

function listed(failures: readonly string[]): string {
  const more = failures.length > MAX_SHOWN ? [`and ${failures.length - MAX_SHOWN} more`] : [];
  return [`${failures.length} failed`, ...failures.slice(0, MAX_SHOWN), ...more].join('\n');
}
