/**
 * The source of the two images to start from: the kind node, and Node.js as the base of the project's images. Sources in
 * order: the archive named by KIND_NODE_IMAGE_ARCHIVE, the archive that an earlier run built, the stock images where a
 * registry answers, the recipe.
 */
import { existsSync } from 'node:fs';
import { findImage } from '../docker/docker.ts';
import { attempt, execute } from '../../runner/execute.ts';
import { type Run, SetUpError } from '../../runner/run.ts';
import { loadArchive } from './archive.ts';
import { ARCHIVE, isBuilt } from './recipe.ts';

export type StartImages = {
  readonly node: NodeImage;
  /** Name of an image with Node.js. */
  readonly base: string;
};

export type NodeImage = {
  readonly name: string;
  /** The stock images boot systemd. One made by the recipe runs containerd and the kubelet by itself. */
  readonly hasSystemd: boolean;
};

export type ImageSource =
  | { readonly kind: 'archive'; readonly path: string; readonly origin: string }
  | { readonly kind: 'stock'; readonly node: string; readonly base: string }
  | { readonly kind: 'recipe' };

/** The node image of kind's own release (see kind.ts), by its digest; KIND_NODE_IMAGE names another. */
const STOCK_NODE = 'kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5';
const STOCK_BASE = 'node:24-slim';

const REGISTRY_MS = 20_000;

/** Throws SetUpError where KIND_NODE_IMAGE_ARCHIVE names a file that is not there. Docker must answer. */
export async function chooseSource(run: Run, environment = process.env): Promise<ImageSource> {
  const path = environment['KIND_NODE_IMAGE_ARCHIVE'];
  if (path) {
    if (existsSync(path)) return { kind: 'archive', path, origin: 'the archive of KIND_NODE_IMAGE_ARCHIVE' };
    throw new SetUpError(`there is no image archive ${path}`, {
      next: 'Set KIND_NODE_IMAGE_ARCHIVE to one, or unset it.',
    });
  }
  if (isBuilt()) return { kind: 'archive', path: ARCHIVE, origin: 'built by an earlier run' };
  const stock = {
    kind: 'stock' as const,
    node: environment['KIND_NODE_IMAGE'] || STOCK_NODE,
    base: environment['KIND_BASE_IMAGE'] || STOCK_BASE,
  };
  const haveAll = await Promise.all([stock.node, stock.base].map((name) => isAtHand(run, name)));
  return haveAll.every(Boolean) ? stock : { kind: 'recipe' };
}

/** A source as text for a person. */
export function describeSource(source: ImageSource): string {
  switch (source.kind) {
    case 'archive':
      return `from ${source.path} (${source.origin})`;
    case 'stock':
      return `${source.node.split('@')[0]}, ${source.base}`;
    case 'recipe':
      return 'no registry answers: built here from Go modules, Debian and npm packages, once';
  }
}

/** Loads an archive, and finds the two images in it. */
export async function loadStartImages(run: Run, path: string): Promise<StartImages> {
  const names = await loadArchive(run, path);
  const node = names.find((name) => /(^|\/)(kind-node|kindest\/node):/.test(name));
  const base = names.find((name) => /(^|\/)node:24\b/.test(name) && name !== node);
  if (node === undefined || base === undefined) {
    throw new SetUpError(
      `${path} holds ${names.join(', ') || 'no image'}: a node image or one with Node.js 24 is missing`,
      {
        next: 'Name another archive in KIND_NODE_IMAGE_ARCHIVE, or unset it.',
      },
    );
  }
  return describe(run, node, base);
}

export async function pullStartImages(run: Run, { node, base }: { node: string; base: string }): Promise<StartImages> {
  for (const name of [node, base]) {
    if (await findImage(run, name)) continue;
    run.say(`pulling ${name}`);
    await execute(run, ['docker', 'pull', name], { onLine: (line) => run.say(line) });
  }
  return describe(run, node, base);
}

async function describe(run: Run, node: string, base: string): Promise<StartImages> {
  const image = await findImage(run, node);
  if (!image) throw new Error(`Docker does not hold the image ${node} that it has just loaded`);
  return { node: { name: node, hasSystemd: image.entrypoint.includes('/sbin/init') }, base };
}

/** Whether Docker holds the image, or a registry answers for it. */
async function isAtHand(run: Run, name: string): Promise<boolean> {
  if (await findImage(run, name)) return true;
  const { exitCode } = await attempt(run, ['docker', 'manifest', 'inspect', name], { timeoutMs: REGISTRY_MS });
  return exitCode === 0;
}
