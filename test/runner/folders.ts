/** Where the two commands keep things: all of it can be deleted, nothing of it is committed. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** This checkout of the project, as an absolute path. */
export const CHECKOUT = resolve(import.meta.dirname, '..', '..');

/** Tells this checkout's clusters from those of another. */
export const CHECKOUT_ID = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 6);

/** What belongs to this checkout: clusters with their kubeconfigs, logs, contexts of images. */
export const CHECKOUT_CACHE = join(CHECKOUT, '.cache');

/** What all checkouts of a person share, because it is big and the same for all: node images, kind. */
export const USER_CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dbpool-operator');

/** Makes the folder where it is missing, and returns its path. */
export function folder(...parts: readonly string[]): string {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}
