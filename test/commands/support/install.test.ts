import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeMachine, type Machine } from '../../support/machine.ts';
import { installDependencies } from './install.mjs';

const said = vi.spyOn(console, 'log').mockReturnValue(undefined);
beforeEach(() => said.mockClear());

const bread = { version: '1.0.0', integrity: 'sha512-bread' };
const wanted = {
  '': { version: '0.1.0' },
  'node_modules/bread': bread,
  'node_modules/oven-for-mars': { version: '2.0.0', integrity: 'sha512-oven', optional: true },
};

/** A checkout with a package-lock.json that wants bread, and a fake npm that installs what is wanted. */
function checkoutOn({ folder, program }: Machine): string {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  program('npm', 'mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json');
  return checkout;
}

function hasInstalled(checkout: string, packages: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(checkout, 'node_modules'));
  writeFileSync(join(checkout, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
}

describe('the dependencies', () => {
  test.for<[string, Readonly<Record<string, unknown>>]>([
    ['matches, except for an optional package of another platform', { 'node_modules/bread': bread }],
    ['has more packages than wanted', { 'node_modules/bread': bread, 'node_modules/butter': { version: '1.0.0' } }],
  ])('the dependencies are not installed again where what npm installed %s', async ([, packages]) => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    hasInstalled(checkout, packages);
    await installDependencies(checkout);
    expect(machine.calls()).toEqual([]);
    expect(existsSync(join(checkout, '.cache'))).toBe(false);
    expect(said).not.toHaveBeenCalled();
  });

  test.for<[string, Readonly<Record<string, unknown>>]>([
    ['one is missing', {}],
    ['one has another version', { 'node_modules/bread': { ...bread, version: '0.9.0' } }],
    ['one has other content', { 'node_modules/bread': { ...bread, integrity: 'sha512-stone' } }],
    [
      'an optional one is old',
      { 'node_modules/bread': bread, 'node_modules/oven-for-mars': { version: '1.0.0', integrity: 'sha512-oven' } },
    ],
  ])('the dependencies are installed once where %s, and one line reports it', async ([, packages]) => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    hasInstalled(checkout, packages);
    await installDependencies(checkout);
    await installDependencies(checkout);
    expect(machine.calls()).toEqual(['npm ci --no-audit --no-fund --loglevel=error']);
    expect(said.mock.calls).toEqual([[expect.stringMatching(/^node_modules: npm ci, .* \(\d+ s\)$/)]]);
  });

  test('the dependencies are installed once by two runs at the same time', async () => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    await Promise.all([installDependencies(checkout), installDependencies(checkout)]);
    expect(machine.calls()).toHaveLength(1);
  });

  test('the dependencies are not installed by an npm from the folder that npm is about to replace', async () => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    const own = join(checkout, 'node_modules', '.bin');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'npm'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    vi.stubEnv('PATH', `${own}:${process.env['PATH']}`);
    await installDependencies(checkout);
    expect(machine.calls()).toHaveLength(1);
  });
});

describe('an npm', () => {
  test('an npm that fails is reported with its exit code, its last output, its log, and what to try', async () => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    machine.program('npm', 'echo "npm error code ENOTFOUND"; exit 7');
    const log = join(checkout, '.cache', 'npm-ci.log');
    const error: unknown = await installDependencies(checkout).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/^Error: npm ci ended with 7:\nnpm error code ENOTFOUND\n/);
    expect(String(error)).toContain(log);
    expect(String(error)).toContain('npm ping');
    expect(existsSync(log)).toBe(true);
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  });

  test('an npm that fails releases its lock, so that the next attempt does not wait', async () => {
    const machine = fakeMachine();
    const checkout = checkoutOn(machine);
    machine.program('npm', 'exit 1');
    await expect(installDependencies(checkout)).rejects.toThrow('ended with 1');
    machine.program('npm', 'exit 2');
    await expect(installDependencies(checkout)).rejects.toThrow('ended with 2');
  });

  test('an npm that is missing is reported', async () => {
    const { folder } = fakeMachine();
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    await expect(installDependencies(folder)).rejects.toThrow(/^npm cannot be started: .*ENOENT.*It comes with Node/);
  });
});
