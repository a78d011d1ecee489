import '../../support/own-cache.ts';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fakeMachine } from '../../support/machine.ts';
import { loadArchive, saveArchive } from './archive.ts';

/** A megabyte that compresses well, as images of one base do. */
const CONTENT = 'layer '.repeat(175_000);

/** A machine with a fake Docker that saves CONTENT, keeps what it loads in `loaded`, and holds image one by its id in `id`. */
function machineWithDocker() {
  const machine = fakeMachine();
  const [content, loaded, id] = ['content', 'loaded', 'id'].map((name) => join(machine.folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(content, CONTENT);
  machine.program(
    'docker',
    `case "$1 $2" in
  'save --output') cp ${content} "$3";;
  load*) cat > ${loaded}; echo sha256:1 > ${id}; printf 'Loaded image ID: sha256:9\\nLoaded image: shop/one:1\\n';;
  'image inspect') test -e ${id} && echo '{"id":"'"$(cat ${id})"'","entrypoint":null}';;
esac`,
  );
  return {
    ...machine,
    archive: join(machine.folder, 'images.tar.zst'),
    loaded: () => readFileSync(loaded, 'utf8'),
    loads: () => machine.calls().filter((call) => call === 'docker load').length,
    /** Replaces the image behind the name. */
    replaceImage: () => writeFileSync(id, 'sha256:2'),
  };
}

describe('an archive', () => {
  test('an archive holds what was saved, compressed', async () => {
    const { run, folder, archive, loaded, calls } = machineWithDocker();
    await saveArchive(run, ['shop/one:1', 'shop/two:1'], archive);
    expect(calls()).toEqual([`docker save --output ${archive}.tar shop/one:1 shop/two:1`]);
    expect(statSync(archive).size).toBeLessThan(CONTENT.length / 100);
    expect(readdirSync(folder)).not.toContain('images.tar.zst.tar');
    expect(await loadArchive(run, archive)).toEqual(['shop/one:1']);
    expect(loaded() === CONTENT).toBe(true);
  });

  test('an archive may be uncompressed', async () => {
    const { run, folder, loaded } = machineWithDocker();
    const path = join(folder, 'images.tar');
    writeFileSync(path, 'as it is');
    expect(await loadArchive(run, path)).toEqual(['shop/one:1']);
    expect(loaded()).toBe('as it is');
  });

  test('an archive is loaded once', async () => {
    const { run, folder, loads } = machineWithDocker();
    const path = join(folder, 'images.tar');
    writeFileSync(path, 'as it is');
    await loadArchive(run, path);
    expect(await loadArchive(run, path)).toEqual(['shop/one:1']);
    expect(loads()).toBe(1);
  });

  test('an archive is loaded again where Docker has another image of that name', async () => {
    const { run, folder, loads, replaceImage } = machineWithDocker();
    const path = join(folder, 'images.tar');
    writeFileSync(path, 'as it is');
    await loadArchive(run, path);
    replaceImage();
    await loadArchive(run, path);
    expect(loads()).toBe(2);
  });

  test('an archive is loaded again where the file has changed', async () => {
    const { run, folder, loads } = machineWithDocker();
    const path = join(folder, 'images.tar');
    writeFileSync(path, 'as it is');
    await loadArchive(run, path);
    utimesSync(path, 1, 1);
    await loadArchive(run, path);
    expect(loads()).toBe(2);
  });

  test('an archive that is corrupt is an error', async () => {
    const { run, archive } = machineWithDocker();
    writeFileSync(archive, zstdCompressSync(CONTENT).subarray(0, -20));
    await expect(loadArchive(run, archive)).rejects.toThrow('docker load was not given all of its input');
  });
});
