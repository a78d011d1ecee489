import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkoutOf, removeCheckout } from '../../support/checkout.ts';
import * as thisRecipe from './recipe.ts';

let checkout: string;
beforeEach(() => {
  checkout = checkoutOf('test/bed/node-image', 'test/runner/folders.ts');
});
afterEach(() => removeCheckout(checkout));

const inNodeImage = (path: string) => join(checkout, 'test/bed/node-image', path);

let imports = 0;

/** The recipe of that checkout as its files are now, on a machine of that architecture. */
async function recipe(architecture = 'x64') {
  const descriptor = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
  Object.defineProperty(process, 'arch', { ...descriptor, value: architecture });
  try {
    imports += 1;
    const url = `${pathToFileURL(inNodeImage('recipe.ts')).href}?${imports}`;
    return (await import(url)) as typeof thisRecipe;
  } finally {
    Object.defineProperty(process, 'arch', descriptor);
  }
}

describe('the image of a recipe', () => {
  test('the image of a recipe is named after Kubernetes and everything that goes into it', async () => {
    const { KUBERNETES, NODE_IMAGE, BASE_IMAGE, ARCHIVE } = await recipe();
    const hash = NODE_IMAGE.slice(-10);
    expect(KUBERNETES).toMatch(/^v1\.\d+\.\d+$/);
    expect(NODE_IMAGE).toBe(`dbpool/kind-node:${KUBERNETES}-${hash}`);
    expect(BASE_IMAGE).toBe(`dbpool/node:24-${hash}`);
    expect(ARCHIVE.endsWith(`/node-image-${KUBERNETES}-amd64-${hash}.tar.zst`)).toBe(true);
  });

  test('the image of a recipe has the same name in another checkout of the same files', async () => {
    expect((await recipe(process.arch)).NODE_IMAGE).toBe(thisRecipe.NODE_IMAGE);
  });

  test.for<[string, () => void]>([
    ['a program changed', () => appendFileSync(inNodeImage('programs/kube/main.go'), '\n')],
    ['a deep file of the node changed', () => appendFileSync(inNodeImage('rootfs/etc/containerd/config.toml'), '\n')],
    ['a file is new', () => writeFileSync(inNodeImage('rootfs/etc/motd'), '')],
    ['a file has another name', () => renameSync(inNodeImage('programs/go.sum'), inNodeImage('programs/go.sums'))],
  ])('the image of a recipe has another name once %s', async ([, change]) => {
    const before = await recipe();
    change();
    expect((await recipe()).NODE_IMAGE).not.toBe(before.NODE_IMAGE);
  });

  test('the image of a recipe has another name on another architecture', async () => {
    const names = new Set([(await recipe('x64')).NODE_IMAGE, (await recipe('arm64')).NODE_IMAGE]);
    expect(names.size).toBe(2);
  });
});

test('a go.mod without Kubernetes is an error', async () => {
  writeFileSync(inNodeImage('programs/go.mod'), 'go 1.26.8\n');
  await expect(recipe()).rejects.toThrow(/go\.mod holds nothing like .*kubernetes/);
});
