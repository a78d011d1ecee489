/**
 * `npm test`: type check, lint, format, tests without a cluster, and tests on a kind cluster of its own, which it deletes
 * afterwards. `npm test -- --keep` keeps the cluster for the next run; other arguments select kind tests by file name.
 */
import { globSync } from 'node:fs';
import { smoke } from '../../bench/smoke.ts';
import { Bed, OTHER_OPERATOR } from '../bed/bed.ts';
import { execute } from '../runner/execute.ts';
import { CHECKOUT, CHECKOUT_ID } from '../runner/folders.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';
import { runOnKind } from './support/run-on-kind.ts';
import { runTests, Tally } from './support/run-tests.ts';

/** A cluster of its own for each checkout: two checkouts can run their tests at the same time. */
const bed = new Bed(`dbpool-test-${CHECKOUT_ID}`);

const tally = new Tally();

const checks: Step = {
  title: 'Checks',
  steps: [
    { title: 'Type check', run: async (run) => void (await execute(run, ['tsc'])) },
    {
      title: 'Lint',
      run: async (run) => void (await execute(run, ['npm', 'run', '--silent', 'lint'])),
    },
    { title: 'Format', run: async (run) => void (await execute(run, ['oxfmt', '--check', '.'])) },
    {
      title: 'The CRD is what src/api/v1alpha1.ts says',
      run: async (run) => void (await execute(run, ['node', 'crds/generate.ts', '--check'])),
    },
  ],
};

const unitTests: Step = {
  title: 'Unit tests',
  run: (run) => runTests(run, tally, { project: 'unit' }),
};

const programTests: Step = {
  title: 'Tests of whole programs',
  run: (run) => runTests(run, tally, { project: 'programs' }),
};

const propertyTests: Step = {
  title: 'Property tests: decisions in random histories',
  run: (run) => runTests(run, tally, { project: 'properties' }),
};

const driverTests: Step = {
  title: 'The Oracle stand-in against other drivers',
  run: (run) => runTests(run, tally, { project: 'drivers' }),
};

/** The projects of vitest whose tests run on the cluster, one after the other. */
const ON_KIND = [
  { title: 'Integration tests on kind', project: 'e2e', files: 'test/e2e/*.test.ts' },
  { title: 'Faults on kind', project: 'faults', files: 'test/e2e/faults/*.test.ts' },
] as const;

/** The projects of which the arguments name a file; all of them where they name none, so that vitest reports the mistake. */
function onKind(patterns: readonly string[]): readonly Step[] {
  const isAskedFor = (file: string) => patterns.some((pattern) => file.includes(pattern));
  const asked = ON_KIND.filter(({ files }) => globSync(files, { cwd: CHECKOUT }).some(isAskedFor));
  const chosen = asked.length === 0 ? ON_KIND : asked;
  return chosen.map(({ title, project }) => ({
    title,
    run: (run) => runOnKind(run, tally, bed, { project, patterns }),
  }));
}

const benchmark: Step = {
  title: 'The benchmark, with small counts',
  run: (run) => smoke(run, bed),
};

const USAGE = 'npm test -- [--keep] [FILE ...]';

await runCommand({
  name: 'test',
  next: 'The log has everything that was run. `npm run check` and `npm run unit` are the parts without a cluster.',
  interrupted: 'The cluster of the tests is deleted, now or by the next run.',
  // Printed last, whatever ended the run. A failed step that is no test counts as one failure.
  last: (hasFailed) => tally.summary(hasFailed),
  work: async (run) => {
    const keep = { type: 'boolean', default: false } as const;
    const { values, positionals: patterns } = readArguments(USAGE, { options: { keep }, allowPositionals: true });
    return onePerCheckout(run, 'test', async () => {
      try {
        await runSteps(run, [checks, unitTests, programTests, propertyTests, driverTests]);
        await bed.setUp(run, { PROFILE_SELECTOR: `!${OTHER_OPERATOR}` });
        await runSteps(run, patterns.length > 0 ? onKind(patterns) : [...onKind(patterns), benchmark]);
      } finally {
        if (!values.keep) await bed.takeDown(run);
      }
      return 0;
    });
  },
});
