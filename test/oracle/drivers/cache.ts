/** Where drivers are kept that take long to make: the checkout's `.cache` folder, a folder for each version. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '..', '..', '..', '.cache', 'drivers');

/**
 * Path of the folder of this name. Where it is not there yet, `make` fills it: whole or not at all, and another run that
 * makes it at the same time does no harm. Rejects with what `make` rejects with.
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const place = join(CACHE, name);
  if (existsSync(place)) return place;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, `${name}-`));
  try {
    await make(draft);
    if (!existsSync(place)) renameSync(draft, place);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return place;
}
