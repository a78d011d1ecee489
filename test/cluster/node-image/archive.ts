/** Archives of images, as `docker save` writes them, packed by zstd or not. */
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { findImage } from './docker.ts';
import { execute } from './execute.ts';
import { folder, USER_CACHE } from './folders.ts';
import { type Run, SetUpError } from './run.ts';

/** Name and id of an image that an archive holds. */
type Held = { readonly name: string; readonly id: string };

/**
 * Loads an archive into Docker, unless Docker holds all of it already; returns the names of its images.
 * Throws SetUpError where there is no such file.
 */
export async function loadArchive(run: Run, path: string): Promise<readonly string[]> {
  if (!existsSync(path)) {
    throw new SetUpError(`there is no image archive ${path}`, {
      next: 'Set KIND_NODE_IMAGE_ARCHIVE to one, or unset it.',
    });
  }
  const note = noteOf(path);
  const held = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as readonly Held[]) : [];
  if (held.length > 0 && (await areLoaded(run, held))) return held.map(({ name }) => name);

  run.say(`loading ${path} (${Math.round(statSync(path).size / 1e6)} MB)`);
  const output = await execute(run, ['docker', 'load'], { stdin: contentOf(path) });
  const names = [...output.matchAll(/^Loaded image: (\S+)$/gm)].map(([, name = '']) => name);
  const images = await Promise.all(names.map((name) => findImage(run, name)));
  writeFileSync(note, JSON.stringify(images.flatMap((image) => (image ? [{ name: image.name, id: image.id }] : []))));
  return names;
}

async function areLoaded(run: Run, held: readonly Held[]): Promise<boolean> {
  const images = await Promise.all(held.map(({ name }) => findImage(run, name)));
  return images.every((image, index) => image?.id === held[index]?.id);
}

/** Where it is noted what an archive holds: to look inside means to unpack it all. A changed file has another note. */
function noteOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256')
    .update(JSON.stringify([path, size, mtimeMs]))
    .digest('hex')
    .slice(0, 16);
  return join(folder(USER_CACHE, 'archives'), `${key}.json`);
}

function contentOf(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!path.endsWith('.zst')) return file;
  // `zstd --long` looks back further than a decoder allows by itself.
  const decoder = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 31 }, chunkSize: 1 << 20 });
  return file.on('error', (error) => decoder.destroy(error)).pipe(decoder);
}
