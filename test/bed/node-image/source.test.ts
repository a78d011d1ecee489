import '../../support/own-cache.ts';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeMachine, type Machine } from '../../support/machine.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import { SetUpError } from '../../runner/run.ts';
import { ARCHIVE } from './recipe.ts';
import { chooseSource, loadStartImages, pullStartImages, describeSource } from './source.ts';

beforeEach(() => void folder(USER_CACHE));
afterEach(() => rmSync(ARCHIVE, { force: true }));

type Docker = {
  readonly held?: readonly string[];
  readonly registry?: readonly string[];
  readonly entrypoint?: string;
};

const anyOf = (names: readonly string[]) =>
  names.length === 0 ? 'nothing' : names.map((name) => `${name}*`).join('|');

/** A fake Docker that holds the images whose names begin so, and can pull those of the registry. */
function docker({ program }: Machine, { held = [], registry = [], entrypoint = '/sbin/init' }: Docker = {}): void {
  program(
    'docker',
    `for last; do :; done
case "$1 $2" in
  'image inspect')
    case "$last" in ${anyOf(held)}) echo '{"id":"sha256:1","entrypoint":["${entrypoint}"]}';; *) exit 1;; esac;;
  'manifest inspect') case "$last" in ${anyOf(registry)}) exit 0;; *) exit 1;; esac;;
  load*) cat > /dev/null; for name in ${held.join(' ')}; do echo "Loaded image: $name"; done;;
esac`,
  );
}

const stock = { kind: 'stock', base: 'node:24-slim', node: expect.stringMatching(/^kindest\/node:v1\./) as string };

describe('the images to start from', () => {
  test('the images come from the archive that is named, whatever else there is', async () => {
    const machine = fakeMachine();
    docker(machine, { held: ['kindest/node', 'node'] });
    writeFileSync(ARCHIVE, '');
    const path = join(machine.folder, 'images.tar');
    writeFileSync(path, '');
    const source = await chooseSource(machine.run, { KIND_NODE_IMAGE_ARCHIVE: path });
    expect(source).toMatchObject({ kind: 'archive', path });
    expect(machine.calls()).toEqual([]);
  });

  test('a named archive that does not exist is an error', async () => {
    const machine = fakeMachine();
    writeFileSync(ARCHIVE, '');
    const choosing = chooseSource(machine.run, { KIND_NODE_IMAGE_ARCHIVE: '/no/such.tar' });
    await expect(choosing).rejects.toThrow(SetUpError);
    await expect(choosing).rejects.toThrow('there is no image archive /no/such.tar');
  });

  test('the images come from the archive that an earlier run built', async () => {
    const machine = fakeMachine();
    docker(machine, { held: ['kindest/node', 'node'] });
    writeFileSync(ARCHIVE, '');
    const source = await chooseSource(machine.run, { KIND_NODE_IMAGE_ARCHIVE: '' });
    expect(source).toMatchObject({ kind: 'archive', path: ARCHIVE });
    expect(describeSource(source)).toBe(`from ${ARCHIVE} (built by an earlier run)`);
  });

  test.for<[string, Docker, unknown]>([
    ['from Docker where it holds the stock images', { held: ['kindest/node', 'node:24-slim'] }, stock],
    ['from a registry that has them', { registry: ['kindest/node', 'node:24-slim'] }, stock],
    ['from both together', { held: ['node:24-slim'], registry: ['kindest/node'] }, stock],
    ['from the recipe where the node image is nowhere', { held: ['node:24-slim'] }, { kind: 'recipe' }],
    ['from the recipe where Node.js is nowhere', { registry: ['kindest/node'] }, { kind: 'recipe' }],
  ])('the images come %s', async ([, holdings, expected]) => {
    const machine = fakeMachine();
    docker(machine, holdings);
    expect(await chooseSource(machine.run, {})).toEqual(expected);
  });

  test('the images come from the recipe where there is no Docker', async () => {
    expect(await chooseSource(fakeMachine().run, {})).toEqual({ kind: 'recipe' });
  });

  test('the images come from other names where those are given, which an empty variable does not', async () => {
    const machine = fakeMachine();
    docker(machine, { registry: ['my/node', 'node:24-slim'] });
    const source = await chooseSource(machine.run, { KIND_NODE_IMAGE: 'my/node:v1.37.0', KIND_BASE_IMAGE: '' });
    expect(source).toEqual({ kind: 'stock', node: 'my/node:v1.37.0', base: 'node:24-slim' });
  });
});

describe('the images of an archive', () => {
  test.for<[string, readonly string[], string, { node: object; base: string }]>([
    [
      'of the recipe run without systemd',
      ['dbpool/node:24-0123', 'dbpool/kind-node:v1.36.3-0123'],
      '/usr/local/bin/entrypoint',
      { node: { name: 'dbpool/kind-node:v1.36.3-0123', hasSystemd: false }, base: 'dbpool/node:24-0123' },
    ],
    [
      'of a stock node run with systemd',
      ['kindest/node:v1.37.0', 'docker.io/library/node:24-slim'],
      '/usr/local/bin/entrypoint", "/sbin/init',
      { node: { name: 'kindest/node:v1.37.0', hasSystemd: true }, base: 'docker.io/library/node:24-slim' },
    ],
  ])('images %s', async ([, held, entrypoint, expected]) => {
    const machine = fakeMachine();
    docker(machine, { held, entrypoint });
    const path = join(machine.folder, 'images.tar');
    writeFileSync(path, 'an archive');
    expect(await loadStartImages(machine.run, path)).toEqual(expected);
  });

  test.for<[string, readonly string[], string]>([
    ['no Node.js', ['kindest/node:v1.37.0'], 'holds kindest/node:v1.37.0'],
    ['a Node.js that is too old', ['kindest/node:v1.37.0', 'node:22-slim'], 'holds kindest/node:v1.37.0, node:22-slim'],
    ['no node', ['node:24-slim'], 'holds node:24-slim'],
    ['nothing', [], 'holds no image'],
  ])('an archive with %s is an error', async ([, held, message]) => {
    const machine = fakeMachine();
    docker(machine, { held });
    const path = join(machine.folder, 'images.tar');
    writeFileSync(path, 'an archive');
    await expect(loadStartImages(machine.run, path)).rejects.toThrow(message);
  });
});

test('images of a registry are pulled where Docker does not have them', async () => {
  const machine = fakeMachine();
  machine.program(
    'docker',
    `case "$1 $2 $5" in
  'image inspect node:24-slim') echo '{"id":"sha256:1","entrypoint":null}';;
  'image inspect '*) test -e pulled && echo '{"id":"sha256:2","entrypoint":["/sbin/init"]}';;
  pull*) touch pulled;;
esac`.replaceAll('pulled', join(machine.folder, 'pulled')),
  );
  const images = await pullStartImages(machine.run, { node: 'kindest/node:v1.37.0', base: 'node:24-slim' });
  expect(images).toEqual({ node: { name: 'kindest/node:v1.37.0', hasSystemd: true }, base: 'node:24-slim' });
  expect(machine.calls().filter((call) => call.startsWith('docker pull'))).toEqual([
    'docker pull kindest/node:v1.37.0',
  ]);
});
