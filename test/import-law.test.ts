import { execFile } from 'node:child_process';
import { cp, mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..');

/** A file, what it imports, and whether the law of its folder allows that. */
const IMPORTS: readonly (readonly [file: string, imported: string, isAllowed: boolean])[] = [
  ['src/core/model/one.ts', './json.ts', true],
  ['src/core/model/two.ts', '../config/pool-config.ts', false],
  ['src/core/backend/one.ts', '../model/json.ts', true],
  ['src/core/backend/two.ts', '../probe/pod.ts', false],
  ['src/core/config/one.ts', '../backend/target.ts', true],
  ['src/core/config/two.ts', '../rollout/windows.ts', false],
  ['src/core/probe/one.ts', '../../contract/verdict.ts', true],
  ['src/core/probe/two.ts', '../usage/database.ts', false],
  ['src/core/budget/one.ts', '../model/usage.ts', true],
  ['src/core/budget/two.ts', '../config/pool-config.ts', false],
  ['src/core/usage/one.ts', '../budget/peak.ts', true],
  ['src/core/usage/two.ts', '../rollout/windows.ts', false],
  ['src/core/rollout/one.ts', '../usage/env-from.ts', true],
  ['src/core/rollout/two.ts', '../status/conditions.ts', false],
  ['src/core/status/one.ts', '../context.ts', true],
  ['src/core/status/two.ts', '../decide.ts', false],
  ['src/core/one.ts', './rollout/steps.ts', true],
  ['src/core/two.ts', '../kube/errors.ts', false],
  ['src/core/three.ts', 'node:fs', false],
  ['src/api/two.ts', '../core/decide.ts', false],
  ['src/contract/two.ts', '../api/v1alpha1.ts', false],
  ['src/transform/one.ts', '../core/model/observed.ts', true],
  ['src/transform/two.ts', '../core/decide.ts', false],
  ['src/controller/one.ts', '../core/decide.ts', true],
  ['src/controller/two.ts', '../probe/main.ts', false],
  ['src/controller/act/one.ts', '../watch/caches.ts', true],
  ['src/controller/act/two.ts', '../../operator/operator.ts', false],
  ['src/operator/one.ts', '../controller/reconcile.ts', true],
  ['src/operator/two.ts', '../core/decide.ts', false],
  ['src/operator/three.ts', 'node:timers/promises', false],
  ['src/kube/one.ts', '../runtime/backoff.ts', true],
  ['src/kube/two.ts', '../core/decide.ts', false],
  ['src/kube/three.ts', '../runtime/timers.ts', true],
  ['src/kube/four.ts', 'node:timers/promises', false],
  ['src/runtime/two.ts', '../kube/errors.ts', false],
  ['src/telemetry/two.ts', '../kube/errors.ts', false],
  ['src/probe/one.ts', '../contract/verdict.ts', true],
  ['src/probe/two.ts', '../core/model/json.ts', false],
  ['src/probe/oracle/one.ts', '../verdict/progress.ts', true],
  ['src/probe/oracle/two.ts', '../../core/model/json.ts', false],
];

let folder = '';
let output = '';

/** The linter on files that hold one import each, by the project's own configuration. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbpool-import-law-'));
  await cp(join(CHECKOUT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, imported] of IMPORTS) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `import '${imported}';\n`);
  }
  output = await new Promise((resolve) => {
    execFile(join(folder, 'node_modules/.bin/oxlint'), ['--format=unix', 'src'], { cwd: folder }, (_, stdout) => {
      resolve(stdout);
    });
  });
});

afterAll(() => rm(folder, { recursive: true }));

test.for(IMPORTS)('%s imports %s: the law allows it: %s', ([file, imported, isAllowed]) => {
  const broken = output
    .split('\n')
    .filter((line) => line.includes(`${file}:`) && line.includes('no-restricted-imports'));
  expect(broken).toHaveLength(isAllowed ? 0 : 1);
  for (const line of broken) expect(line).toContain(`'${imported}'`);
});
