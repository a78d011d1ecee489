/** Which images the cluster is made of: the kind node itself, and the Node.js that the project's images start from. */
import { loadArchive } from './archive.ts';
import { findImage, imageNames } from './docker.ts';
import { execute } from './execute.ts';
import type { Run } from './run.ts';

export type NodeImage = {
  /** Absent: kind's own choice, the stock image of its release. */
  readonly name?: string;
  /** The stock images boot systemd. One made without a registry runs containerd and the kubelet by itself. */
  readonly hasSystemd: boolean;
};

const STOCK_BASE = 'node:24-slim';

const isNodeImage = (name: string) => /(^|\/)kind-node:|^kindest\/node:/.test(name);

const isBaseImage = (name: string) => /(^|\/)node:24\b/.test(name) && !isNodeImage(name);

/** The first that there is: the archive of KIND_NODE_IMAGE_ARCHIVE, an image that is loaded, the stock image. */
export async function chooseNodeImage(run: Run, environment = process.env): Promise<NodeImage> {
  const name = await firstImage(run, isNodeImage, environment);
  const image = name === undefined ? undefined : await findImage(run, name);
  if (!image) return { hasSystemd: true };
  return { name: image.name, hasSystemd: image.entrypoint.includes('/sbin/init') };
}

/** Name of the image with Node.js: from the archive, loaded already, or pulled. */
export async function chooseBaseImage(run: Run, environment = process.env): Promise<string> {
  const name = await firstImage(run, isBaseImage, environment);
  if (name !== undefined) return name;
  run.say(`pulling ${STOCK_BASE}`);
  await execute(run, ['docker', 'pull', STOCK_BASE]);
  return STOCK_BASE;
}

async function firstImage(
  run: Run,
  fits: (name: string) => boolean,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const archive = environment['KIND_NODE_IMAGE_ARCHIVE'];
  const inArchive = archive ? (await loadArchive(run, archive)).find(fits) : undefined;
  return inArchive ?? (await imageNames(run)).find(fits);
}
