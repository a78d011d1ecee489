/**
 * Gives this test file a cache folder of its own, so that it neither reads nor changes the user's. Import it before anything
 * of test/runner, test/bed or test/commands.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const cache = mkdtempSync(join(tmpdir(), 'cache-'));
process.env['XDG_CACHE_HOME'] = cache;
afterAll(() => rmSync(cache, { recursive: true }));
