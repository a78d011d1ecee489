import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but this machine's loopback and ends within seconds;
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
          exclude: ['e2e/**'],
          testTimeout: 10_000,
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
