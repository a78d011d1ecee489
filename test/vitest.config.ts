import { defineConfig } from 'vitest/config';

/** Tests that start whole programs, use the real driver against the Oracle stand-in, or wait for real time. */
const PROGRAMS = [
  'bed/**/*.test.ts',
  'commands/**/*.test.ts',
  'deploy/bundle.test.ts',
  'examples/backend.test.ts',
  'import-law.test.ts',
  'kube/lease-memory.test.ts',
  'kube/real-clock.test.ts',
  'operator/operator.test.ts',
  'operator/paused-api-server.test.ts',
  'operator/restart.test.ts',
  'oracle/program.test.ts',
  'probe/cases/cases.test.ts',
  'probe/connect-strings/differential.test.ts',
  'probe/database.test.ts',
  'probe/program.test.ts',
  'probe/session-count.test.ts',
  'probe/verdicts.test.ts',
  'runner/**/*.test.ts',
  'telemetry/event-loop.test.ts',
];

/** `decide` in a simulated cluster, through random histories. */
const PROPERTIES = ['core/properties/*.test.ts'];

const PROPERTY_RUNS = Number(process.env['DBPOOL_PROPERTY_RUNS'] ?? 200);

/** The Oracle stand-in against Oracle drivers of other languages, and our status against the library kstatus. */
const DRIVERS = ['oracle/drivers.test.ts', 'kstatus/kstatus.test.ts'];

/** The probe on a real Oracle Database. */
const ORACLE = ['probe/cases/real-database.test.ts'];

/**
 * What each project needs:
 * - `unit`: the loopback interface; seconds.
 * - `programs`: the same, and child processes; some of them wait for real time.
 * - `properties`: the same; DBPOOL_PROPERTY_RUNS histories for each property, 200 by default.
 * - `drivers`: python3 with PyPI, and Go with its module proxy; a skipped test says what is missing.
 * - `oracle`: the database of `npm run test:oracle`; skipped where there is none.
 * - `e2e`: the kind cluster that `npm test` makes and names in DBPOOL_TEST_KUBECONFIG.
 * - `long`: the cluster of `npm run test:long`; what takes minutes.
 * - `faults`: that cluster for itself, because its tests break it; one file at a time.
 */
const project = (name: string, include: readonly string[], rest: object = {}) => ({
  test: {
    name,
    root: import.meta.dirname,
    include: [...include],
    setupFiles: ['support/no-timer-warnings.ts', 'support/property-seed.ts'],
    testTimeout: 10_000,
    ...rest,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['**/*.test.ts'], {
        exclude: ['e2e/**', ...DRIVERS, ...ORACLE, ...PROPERTIES, ...PROGRAMS],
        // No test leaves anything behind in its process: half the time is saved.
        isolate: false,
      }),
      project('programs', PROGRAMS, { testTimeout: 30_000 }),
      project('properties', PROPERTIES, {
        testTimeout: 600 * PROPERTY_RUNS,
        env: { DBPOOL_PROPERTY_RUNS: `${PROPERTY_RUNS}` },
      }),
      project('drivers', DRIVERS, { testTimeout: 30_000, hookTimeout: 120_000 }),
      project('oracle', ORACLE, { testTimeout: 120_000, hookTimeout: 120_000 }),
      project('e2e', ['e2e/*.test.ts'], { testTimeout: 480_000, hookTimeout: 240_000 }),
      project('long', ['e2e/long/*.test.ts'], { testTimeout: 1_200_000, hookTimeout: 240_000 }),
      project('faults', ['e2e/faults/*.test.ts'], { testTimeout: 1_200_000, hookTimeout: 240_000 }),
    ],
  },
});
