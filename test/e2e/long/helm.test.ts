import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { execute } from '../../runner/execute.ts';
import { freshNamespace, run } from '../support.ts';
import { adoptedAndDropped, SURGE_AND_UNAVAILABLE, type Tool } from '../tools.ts';

const HELM = process.env['DBPOOL_TEST_HELM'];
const KUBECONFIG = process.env['DBPOOL_TEST_KUBECONFIG'];

const chart = mkdtempSync(join(tmpdir(), 'chart-'));
afterAll(() => rmSync(chart, { recursive: true }));

function writeChart(manifest: object): void {
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), stringify({ apiVersion: 'v2', name: 'backend', version: '0.1.0' }));
  writeFileSync(join(chart, 'templates', 'deployment.yaml'), stringify(manifest));
}

const helmUpgrade: Tool = {
  title: 'helm upgrade',
  write: (namespace, manifest) => {
    if (!HELM || !KUBECONFIG) throw new Error('this test is run by `npm run test:long`');
    writeChart(manifest);
    return execute(run, [HELM, 'upgrade', '--install', 'backend', chart, '-n', namespace, '--kubeconfig', KUBECONFIG]);
  },
  mayMake: SURGE_AND_UNAVAILABLE,
};

test('an adopted variable that its owner drops from a chart stays set', async () => {
  const namespace = await freshNamespace('helm');
  expect(await adoptedAndDropped(namespace, helmUpgrade)).toBeLessThanOrEqual(helmUpgrade.mayMake);
});
