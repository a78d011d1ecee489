import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT } from '../../runner/folders.ts';

const started = (file: string, ...words: readonly string[]) =>
  spawnSync('node', [join(CHECKOUT, 'test', 'commands', 'start.mjs'), file, ...words], { encoding: 'utf8' });

test.for(['demo.ts', 'test.ts', 'bench.ts', 'soak.ts', 'doctor.ts'])(
  '%s refuses a word that it does not know, says which there are, and does nothing',
  (file) => {
    const { status, stdout } = started(file, '--nope');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\nFailed\n {2}cause: .*'--nope'/);
    expect(stdout).toMatch(/\n {2}next: {2}npm (run )?(demo|test|bench|soak|doctor)\b/);
  },
);

test.for([
  ['soak.ts', '--minutes', 'few', /expected a number above 0, got "few"/],
  ['soak.ts', '--seed', '-1', /--seed/],
  ['bench.ts', '--part', 'speed', /--part speed: there are probe, /],
] as const)('%s %s %s is refused', ([file, option, word, message]) => {
  const { status, stdout } = started(file, option, word);
  expect(status).toBe(1);
  expect(stdout).toMatch(message);
});
