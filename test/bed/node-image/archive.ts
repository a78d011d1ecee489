/** Archives of images, as `docker save` writes them, compressed by zstd or not. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { execute } from '../../runner/execute.ts';
import { folder, USER_CACHE } from '../../runner/folders.ts';
import type { Run } from '../../runner/run.ts';
import { findImage } from '../docker/docker.ts';

/** Name and id of an image that an archive holds. */
type ArchivedImage = { readonly name: string; readonly id: string };

/** Loads an archive into Docker, unless Docker has all of its images already. Returns their names. */
export async function loadArchive(run: Run, path: string): Promise<readonly string[]> {
  const listing = listingOf(path);
  const listed = existsSync(listing) ? (JSON.parse(readFileSync(listing, 'utf8')) as readonly ArchivedImage[]) : [];
  if (listed.length > 0 && (await areLoaded(run, listed))) return listed.map(({ name }) => name);

  run.say(`loading ${path} (${Math.round(statSync(path).size / 1e6)} MB)`);
  const output = await execute(run, ['docker', 'load'], { stdin: contentOf(path) });
  const names = [...output.matchAll(/^Loaded image: (\S+)$/gm)].map(([, name = '']) => name);
  const images = await Promise.all(names.map((name) => findImage(run, name)));
  writeFileSync(
    listing,
    JSON.stringify(images.flatMap((image) => (image ? [{ name: image.name, id: image.id }] : []))),
  );
  return names;
}

/** Saves images into one compressed archive. Content that occurs twice is compressed once. */
export async function saveArchive(run: Run, names: readonly string[], path: string): Promise<void> {
  const plain = `${path}.tar`;
  await execute(run, ['docker', 'save', '--output', plain, ...names]);
  const params = {
    [constants.ZSTD_c_compressionLevel]: 6,
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
    [constants.ZSTD_c_windowLog]: 30,
  };
  const packer = createZstdCompress({ params, chunkSize: 1 << 20 });
  const file = createReadStream(plain, { highWaterMark: 1 << 20 });
  await pipeline(file, packer, createWriteStream(path), { signal: run.signal });
  rmSync(plain);
}

async function areLoaded(run: Run, images: readonly ArchivedImage[]): Promise<boolean> {
  const loaded = await Promise.all(images.map(({ name }) => findImage(run, name)));
  return loaded.every((image, index) => image?.id === images[index]?.id);
}

/** A file that lists the images of an archive, because reading them means decompressing it all. A changed archive has another one. */
function listingOf(path: string): string {
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
