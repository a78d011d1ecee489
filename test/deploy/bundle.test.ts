import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../deploy/bundle.ts';

const ENTRY = `
  import http, { createServer } from 'node:http';
  import { setTimeout as pause } from 'timers/promises';
  await pause(1);
  const loaded = process.moduleLoadList.filter((name) => name.includes('undici/undici'));
  console.log(JSON.stringify({ same: http.createServer === createServer, loaded }));
`;

test('a bundle has Node’s own modules, and does not load what Node makes on demand', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbpool-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'entry.ts'), ENTRY);
  await bundle({ bundled: join(folder, 'entry.ts') }, folder);
  const said = execFileSync(process.execPath, [join(folder, 'bundled.mjs')], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({ same: true, loaded: [] });
});
