import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkoutOf, removeCheckout } from '../support/checkout.ts';

const PARTS = ['test/commands/start.mjs', 'test/commands/support/install.mjs', 'test/runner/lock.mjs'];

/** Its one command says what it was started with. */
const COMMAND = `
  console.log(JSON.stringify({ args: process.argv.slice(2), folder: process.cwd(), path: process.env.PATH }));
  if (process.argv[2] === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000));
  process.exit(Number(process.argv[2] ?? 0));
`;

/** One needs no dependencies; the other has none of those that it needs. */
let checkout: string;
let bare: string;
beforeAll(() => {
  checkout = checkoutOf(...PARTS);
  bare = checkoutOf(...PARTS);
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages: {} }));
  writeFileSync(join(bare, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/bread': {} } }));
  for (const one of [checkout, bare]) writeFileSync(join(one, 'test/commands/bake.ts'), COMMAND);
});
afterAll(() => {
  for (const one of [checkout, bare]) removeCheckout(one);
});

type Launch = {
  readonly of?: string;
  readonly cwd?: string;
  readonly node?: readonly string[];
  readonly path?: string;
};

function launch(args: readonly string[], { of = checkout, cwd = of, node = [], path }: Launch = {}) {
  return spawn(process.execPath, [...node, join(of, 'test/commands/start.mjs'), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(path === undefined ? {} : { PATH: path }) },
  });
}

async function start(...launched: Parameters<typeof launch>) {
  const child = launch(...launched);
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, exitCode: exitCode as number | null };
}

/** A Node that takes itself for another version. */
const pretending = (version: string) => [
  '--import',
  `data:text/javascript,Object.defineProperty(process, 'version', { value: '${version}' })`,
];

describe.concurrent('the launcher', () => {
  test('the launcher runs a command in the checkout, with its arguments, the project’s programs and its exit code', async () => {
    const { stdout, exitCode } = await start(['bake.ts', '7', '--keep'], { cwd: '/' });
    const path: unknown = expect.stringMatching(new RegExp(`^${join(checkout, 'node_modules', '.bin')}:.`));
    expect(JSON.parse(stdout)).toEqual({ args: ['7', '--keep'], folder: checkout, path });
    expect(exitCode).toBe(7);
  });

  test('the launcher forwards a signal, and ends as the command did', async () => {
    const child = launch(['bake.ts', 'wait']);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([143, null]);
  });

  test.for<[string, readonly string[]]>([
    ['nothing', []],
    ['an option', ['--down']],
    ['a path out of its folder', ['../oracle/main.ts']],
  ])('the launcher prints its usage where it is given %s', async ([, args]) => {
    const { stderr, exitCode } = await start(args);
    expect(stderr).toBe('\nusage: node test/commands/start.mjs FILE.ts [ARGUMENTS]\n');
    expect(exitCode).toBe(1);
  });

  test('the launcher reports a Node that is too old to start with', async () => {
    const { stdout, stderr, exitCode } = await start(['bake.ts'], { node: pretending('v18.20.8') });
    expect(stderr).toContain('Node 20 or later is needed to start: this is v18.20.8');
    expect([stdout, exitCode]).toEqual(['', 1]);
  });

  test('the launcher reports a Node that is too old for the project where the project’s own does not run', async () => {
    const { stdout, stderr, exitCode } = await start(['bake.ts'], { node: pretending('v20.19.5') });
    expect(stderr).toContain('Node 24 is needed: this is v20.19.5');
    expect([stdout, exitCode]).toEqual(['', 1]);
  });

  test('the launcher says why the dependencies cannot be installed, and starts nothing', async () => {
    const { stdout, stderr, exitCode } = await start(['bake.ts'], { of: bare, path: bare });
    expect(stderr).toMatch(/^\nnpm cannot be started: /);
    expect([stdout, exitCode]).toEqual(['', 1]);
  });
});
