import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FULL } from '../../bench/options.ts';
import { readResults, resultsOf, writeResults } from '../../bench/results.ts';

test('results are written and read again, also into a folder that does not exist', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const outcome = {
    measurements: [{ figure: 'latency', at: {}, samples: [1.5], baseline: [1] }],
    failures: [],
  } as const;
  const results = resultsOf(outcome, { commit: 'a', options: FULL, kubernetes: 'v1', minutes: 1, isComplete: false });
  const file = join(folder, 'results', 'latest.json');
  writeResults(file, results);
  expect(readResults(file)).toEqual(results);
});
