/** The project's images: built where their content is new, loaded into a cluster that lacks them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../kind/cluster.ts';
import { builderEnvironment, findImage, imageNames } from '../docker/docker.ts';
import { execute } from '../../runner/execute.ts';
import { CHECKOUT_CACHE, folder } from '../../runner/folders.ts';
import { IMAGES, type Recipe } from './image-recipes.ts';
import type { Kind } from '../kind/kind.ts';
import type { Run } from '../../runner/run.ts';

/**
 * Full names by short ones: `dbpool-operator` is `dbpool-operator:0123456789ab`. The tag is a hash of the content, so a
 * changed program rolls its Deployment, an unchanged one does not, and two checkouts do not overwrite each other's images.
 */
export type ImageNames = Readonly<Record<string, string>>;

/** Images of one program that Docker keeps, so that switching between checkouts and branches rebuilds nothing. */
const MAX_IMAGES = 5;

/** Builds the images that Docker does not have yet. `base` is the name of an image with Node.js. */
export async function buildImages(run: Run, base: string): Promise<ImageNames> {
  const [baseImage, environment] = await Promise.all([findImage(run, base), builderEnvironment(run)]);
  if (!baseImage) throw new Error(`Docker does not hold the base image ${base}`);
  const names: [string, string][] = [];
  for (const recipe of IMAGES) {
    const context = folder(CHECKOUT_CACHE, 'contexts', String(process.pid), recipe.name);
    await recipe.bundle(context);
    const name = `${recipe.name}:${hashOf(context, recipe, baseImage.id)}`;
    if (!(await findImage(run, name))) {
      run.say(`building ${name}`);
      const file = ['--file', recipe.containerfile, '--build-arg', `BASE=${base}`];
      await execute(run, ['docker', 'build', '--tag', name, ...file, context], { env: environment });
      await removeOlder(run, recipe.name);
    }
    names.push([recipe.name, name]);
  }
  rmSync(join(CHECKOUT_CACHE, 'contexts', String(process.pid)), { recursive: true });
  return Object.fromEntries(names);
}

/** Loads the images that the cluster lacks, and returns their number. */
export async function loadImages(run: Run, cluster: Cluster, kind: Kind, images: ImageNames): Promise<number> {
  const output = await execute(run, ['docker', 'exec', cluster.node, 'ctr', '-n', 'k8s.io', 'images', 'list', '-q']);
  const there = new Set(output.split('\n'));
  const missing = Object.values(images).filter((name) => !there.has(`docker.io/library/${name}`));
  if (missing.length > 0)
    await execute(run, [kind.program, 'load', 'docker-image', ...missing, '--name', cluster.name]);
  return missing.length;
}

/** Removes the project's images from Docker, and returns their number as text. */
export async function removeImages(run: Run): Promise<string> {
  const names = (await imageNames(run)).filter((name) => IMAGES.some((recipe) => name.startsWith(`${recipe.name}:`)));
  if (names.length > 0) await execute(run, ['docker', 'image', 'rm', ...names]);
  return `${names.length} removed`;
}

function hashOf(context: string, { containerfile }: Recipe, base: string): string {
  const hash = createHash('sha256').update(base).update(readFileSync(containerfile));
  for (const file of readdirSync(context).sort()) hash.update(file).update(readFileSync(join(context, file)));
  return hash.digest('hex').slice(0, 12);
}

async function removeOlder(run: Run, repository: string): Promise<void> {
  const older = (await imageNames(run)).filter((name) => name.startsWith(`${repository}:`)).slice(MAX_IMAGES);
  if (older.length > 0) await execute(run, ['docker', 'image', 'rm', ...older]);
}
