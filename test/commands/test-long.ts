/**
 * `npm run test:long`: tests on a kind cluster of their own that take minutes, or need a program of somebody else that is compiled
 * first. Afterwards the cluster is deleted. `-- --keep` keeps it; other arguments select tests by file name.
 */
import { Bed } from '../bed/bed.ts';
import { CHECKOUT_ID } from '../runner/folders.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { obtainHelm } from './support/helm.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';
import { runOnKind } from './support/run-on-kind.ts';
import { Tally } from './support/run-tests.ts';

const bed = new Bed(`dbpool-long-${CHECKOUT_ID}`);

const tally = new Tally();

let helmProgram = '';

const helm: Step = {
  title: 'Helm',
  run: async (run) => {
    helmProgram = await obtainHelm(run);
  },
};

const tests = (patterns: readonly string[]): Step => ({
  title: 'Tests on kind that take minutes',
  run: (run) => runOnKind(run, tally, bed, { project: 'long', patterns, env: { DBPOOL_TEST_HELM: helmProgram } }),
});

const USAGE = 'npm run test:long -- [--keep] [FILE ...]';

await runCommand({
  name: 'test-long',
  next: 'The log has everything that was run. `npm test` has the tests that take less time.',
  interrupted: 'The cluster of the tests is deleted, now or by the next run.',
  // Printed last, whatever ended the run. A failed step that is no test counts as one failure.
  last: (hasFailed) => tally.summary(hasFailed),
  work: async (run) => {
    const keep = { type: 'boolean', default: false } as const;
    const { values, positionals: patterns } = readArguments(USAGE, { options: { keep }, allowPositionals: true });
    return onePerCheckout(run, 'test-long', async () => {
      try {
        await runSteps(run, [helm]);
        await bed.setUp(run);
        await runSteps(run, [tests(patterns)]);
      } finally {
        if (!values.keep) await bed.takeDown(run);
      }
      return 0;
    });
  },
});
