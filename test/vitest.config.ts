import { defineConfig } from 'vitest/config';

/** Tests of whole programs: as child processes, or the real driver against the Oracle stand-in; and those that wait for real time. */
const PROGRAMS = [
  'bed/**/*.test.ts',
  'commands/**/*.test.ts',
  'deploy/bundle.test.ts',
  'examples/backend.test.ts',
  'kube/lease-memory.test.ts',
  'operator/operator.test.ts',
  'operator/restart.test.ts',
  'oracle/program.test.ts',
  'probe/database.test.ts',
  'probe/program.test.ts',
  'probe/verdicts.test.ts',
  'runner/**/*.test.ts',
  'telemetry/event-loop.test.ts',
];

/** `decide` in a simulated cluster, through random histories. */
const HISTORIES = ['core/properties/*.test.ts'];

/** Holds the Oracle stand-in against drivers that nobody here wrote. */
const DRIVERS = ['oracle/drivers.test.ts'];

/**
 * `unit` needs nothing but this machine's loopback and ends within seconds; `programs` starts whole programs, and waits for
 * them; `histories` draws thousands, and takes as long; `drivers` needs python3 and PyPI, and says loudly where it lacks them;
 * `e2e` needs the kind cluster that `npm test` makes and names in DBPOOL_TEST_KUBECONFIG; `faults` breaks that cluster, one
 * file at a time, with nobody else in it.
 */
const project = (name: string, include: readonly string[], rest: object = {}) => ({
  test: { name, root: import.meta.dirname, include: [...include], testTimeout: 10_000, ...rest },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['**/*.test.ts'], {
        exclude: ['e2e/**', ...DRIVERS, ...HISTORIES, ...PROGRAMS],
        // No test leaves anything behind in its process: half the time is saved.
        isolate: false,
      }),
      project('programs', PROGRAMS, { testTimeout: 30_000 }),
      project('histories', HISTORIES, {
        testTimeout: 120_000,
        env: { DBPOOL_HISTORIES: process.env['DBPOOL_HISTORIES'] ?? '200' },
      }),
      project('drivers', DRIVERS, { testTimeout: 30_000, hookTimeout: 120_000 }),
      project('e2e', ['e2e/*.test.ts'], { testTimeout: 480_000, hookTimeout: 240_000 }),
      project('faults', ['e2e/faults/*.test.ts'], { testTimeout: 1_200_000, hookTimeout: 240_000 }),
    ],
  },
});
