import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT } from '../../runner/folders.ts';

const started = (file: string, ...args: readonly string[]) =>
  spawnSync('node', [join(CHECKOUT, 'test', 'commands', 'start.mjs'), file, ...args], { encoding: 'utf8' });

test.for(['demo.ts', 'test.ts', 'bench.ts', 'soak.ts', 'doctor.ts'])(
  'command %s rejects an unknown argument, shows its usage, and does nothing',
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
] as const)('the command line "%s %s %s" is rejected', ([file, option, value, message]) => {
  const { status, stdout } = started(file, option, value);
  expect(status).toBe(1);
  expect(stdout).toMatch(message);
});
