import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` needs nothing but this machine's loopback and ends within seconds; `drivers` holds the Oracle
 * stand-in against drivers that nobody here wrote, and needs python3 and PyPI (it says loudly where it lacks them);
 * `e2e` needs the kind cluster that `npm test` makes and names in DBPOOL_TEST_KUBECONFIG.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          root: import.meta.dirname,
          include: ['**/*.test.ts'],
          exclude: ['e2e/**', 'oracle/drivers.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'drivers',
          root: import.meta.dirname,
          include: ['oracle/drivers.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          root: import.meta.dirname,
          include: ['e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: true,
        },
      },
    ],
  },
});
