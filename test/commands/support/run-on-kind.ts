/** Runs a project of vitest whose tests need the cluster of a bed. */
import { BACKEND, type Bed, OPERATOR, STAND_IN } from '../../bed/bed.ts';
import type { Run } from '../../runner/run.ts';
import { runTests, type Tally, type TestRun } from './run-tests.ts';

/** As `runTests`. Where a test fails, the state of the cluster is saved beside the log before the cluster goes. */
export async function runOnKind(run: Run, tally: Tally, bed: Bed, tests: TestRun): Promise<string> {
  const { cluster, images } = bed;
  try {
    return await runTests(run, tally, {
      ...tests,
      env: {
        DBPOOL_TEST_NODE: cluster.node,
        DBPOOL_TEST_KUBECONFIG: cluster.kubeconfig,
        DBPOOL_TEST_OPERATOR_IMAGE: images[OPERATOR] ?? '',
        DBPOOL_TEST_STAND_IN_IMAGE: images[STAND_IN] ?? '',
        DBPOOL_TEST_BACKEND_IMAGE: images[BACKEND] ?? '',
        ...tests.env,
      },
    });
  } catch (error) {
    await bed.collectEvidence(run);
    throw error;
  }
}
