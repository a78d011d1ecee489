/**
 * `npm test`: type check, lint, format, unit tests, and the integration tests on a kind cluster of its own, which is
 * gone afterwards. `npm test -- --keep` keeps it for the next run; further arguments are parts of the file names of e2e tests.
 */
import { globSync } from 'node:fs';
import { smoke } from '../../bench/smoke.ts';
import { clusterCalled, deleteCluster } from '../bed/kind/cluster.ts';
import { collectEvidence } from '../bed/project/evidence.ts';
import { runCommand } from './support/command.ts';
import { execute } from '../runner/execute.ts';
import { CHECKOUT, CHECKOUT_ID } from '../runner/folders.ts';
import { BACKEND, OPERATOR, STAND_IN } from '../bed/project/image-recipes.ts';
import { type Run, uninterrupted } from '../runner/run.ts';
import { OTHER_OPERATOR } from '../bed/project/manifests.ts';
import { Facts, setUp } from '../bed/set-up.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { acquireLock } from '../runner/lock.mjs';
import { readArguments } from './support/arguments.ts';
import { runTests, Tally } from './support/run-tests.ts';

const USAGE = 'npm test -- [--keep] [FILE ...]';

/** Its own for each checkout: two of them run at the same time. */
const cluster = clusterCalled(`dbpool-test-${CHECKOUT_ID}`);

const tally = new Tally();
const facts = new Facts();

async function takeAway(run: Run): Promise<void> {
  if (!facts.kind.isFound) return;
  await deleteCluster(uninterrupted(run, 60_000), cluster, facts.kind.get());
}

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

const histories: Step = {
  title: 'Decisions in thousands of random histories',
  run: (run) => runTests(run, tally, { project: 'histories' }),
};

const driverTests: Step = {
  title: 'The Oracle stand-in, held against other drivers',
  run: (run) => runTests(run, tally, { project: 'drivers' }),
};

/** The projects of vitest whose tests run on the cluster, one after the other. */
const ON_KIND = [
  { title: 'Integration tests on kind', project: 'e2e', files: 'test/e2e/*.test.ts' },
  { title: 'Faults on kind', project: 'faults', files: 'test/e2e/faults/*.test.ts' },
] as const;

/** Of these, those of which a file is asked for; an argument that names none is left for vitest to report. */
function onKind(patterns: readonly string[]): readonly Step[] {
  const isAskedFor = (file: string) => patterns.some((pattern) => file.includes(pattern));
  const asked = ON_KIND.filter(({ files }) => globSync(files, { cwd: CHECKOUT }).some(isAskedFor));
  const chosen = asked.length === 0 ? ON_KIND : asked;
  return chosen.map(({ title, project }) => ({ title, run: (run) => runOnKind(run, project, patterns) }));
}

type Project = (typeof ON_KIND)[number]['project'];

async function runOnKind(run: Run, project: Project, patterns: readonly string[]): Promise<string> {
  const images = facts.images.get();
  try {
    return await runTests(run, tally, {
      project,
      patterns,
      env: {
        DBPOOL_TEST_NODE: cluster.node,
        DBPOOL_TEST_KUBECONFIG: cluster.kubeconfig,
        DBPOOL_TEST_OPERATOR_IMAGE: images[OPERATOR] ?? '',
        DBPOOL_TEST_STAND_IN_IMAGE: images[STAND_IN] ?? '',
        DBPOOL_TEST_BACKEND_IMAGE: images[BACKEND] ?? '',
      },
    });
  } catch (error) {
    await collectEvidence(run, cluster);
    throw error;
  }
}

const benchmark: Step = {
  title: 'The benchmark, with small counts',
  run: (run) => smoke(run, cluster, facts.images.get(), facts.startImages.get().base),
};

await runCommand({
  name: 'test',
  next: 'The log has everything that was run. `npm run check` and `npm run unit` are the parts without a cluster.',
  interrupted: 'The cluster of the tests is gone, or goes with the next run.',
  // Whatever ended the run, its last line counts; a step that failed and is no test counts as one.
  last: (hasFailed) => tally.inWords(hasFailed),
  work: async (run) => {
    const keep = { type: 'boolean', default: false } as const;
    const args = readArguments(USAGE, { options: { keep }, allowPositionals: true });
    const patterns = args.positionals;
    const release = await acquireLock(`test ${CHECKOUT}`, {
      signal: run.signal,
      onWait: (pid) => run.say(`waiting for the tests that process ${pid ?? '?'} runs in this checkout`),
    });
    try {
      await runSteps(run, [checks, unitTests, programTests, histories, driverTests]);
      await setUp(run, cluster, facts, { PROFILE_SELECTOR: `!${OTHER_OPERATOR}` });
      await runSteps(run, patterns.length > 0 ? onKind(patterns) : [...onKind(patterns), benchmark]);
    } finally {
      try {
        if (!args.values.keep) await takeAway(run);
      } finally {
        await release();
      }
    }
    return 0;
  },
});
