/**
 * `npm run test:oracle`: the cases of test/probe/cases on a real Oracle Database. That is the pluggable database that
 * DBPOOL_TEST_ORACLE names, or a container where Docker can pull one. What the run makes in it is dropped afterwards. Where there is
 * neither, all tests are skipped.
 */
import { runSteps, type Step } from '../runner/steps.ts';
import { readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';
import { OracleUnderTest } from './support/oracle-under-test.ts';
import { runTests, Tally } from './support/run-tests.ts';

const tally = new Tally();

const oracle = new OracleUnderTest(process.env);

const find: Step = { title: 'Oracle Database', run: (run) => oracle.find(run) };

const tests: Step = {
  title: 'The probe on it',
  run: (run) => runTests(run, tally, { project: 'oracle', env: oracle.variables }),
};

await runCommand({
  name: 'test-oracle',
  next: 'The log has everything that was run. The same cases on the stand-in: npm test, or test/probe/cases/cases.test.ts.',
  interrupted: 'What the run made in the database is dropped, now or by a run of another day.',
  // Printed last, whatever ended the run. A failed step that is no test counts as one failure.
  last: (hasFailed) => tally.summary(hasFailed),
  work: async (run) => {
    readArguments('npm run test:oracle', {});
    return onePerCheckout(run, 'test-oracle', async () => {
      try {
        await runSteps(run, [find, tests]);
      } finally {
        await oracle.cleanUp(run);
      }
      if (oracle.missing !== undefined) console.log(`\n${oracle.explanation(tally.skipped)}`);
      return 0;
    });
  },
});
