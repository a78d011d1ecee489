/** Where the commands keep files. All of them can be deleted, and none is committed. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** This checkout of the project, as an absolute path. */
export const CHECKOUT = resolve(import.meta.dirname, '..', '..');

/** Part of the names of this checkout's clusters. */
export const CHECKOUT_ID = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 6);

/** Files of this checkout: kubeconfigs of its clusters, logs, build contexts of images. */
export const CHECKOUT_CACHE = join(CHECKOUT, '.cache');

/** Files for all checkouts of a user, because they are large and equal for all: node images, kind. */
export const USER_CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dbpool-operator');

/** Creates the folder where it is missing, and returns its path. */
export function folder(...parts: readonly string[]): string {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}
