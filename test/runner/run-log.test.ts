import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunLog } from './run-log.ts';

let logs: string;
beforeEach(() => {
  logs = mkdtempSync(join(tmpdir(), 'logs-'));
});
afterEach(() => rmSync(logs, { recursive: true }));

describe('the log of a run', () => {
  test('the log of a run is written line by line, and numbers concurrent programs', () => {
    const log = new RunLog('bake', logs);
    const [oven, bowl] = [log.program(), log.program()];
    bowl('mixed');
    oven('hot');
    log.write('done');
    const lines = readFileSync(log.path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+Z /, ''))).toEqual(['[2] mixed', '[1] hot', 'done']);
  });

  test('the log of a run replaces the oldest of its command: ten stay, and all of other commands', () => {
    const older = Array.from({ length: 12 }, (_, index) => `bake-2026-01-${10 + index}T00.00.00-1`);
    for (const name of [...older, 'brew-2020-01-01T00.00.00-1']) mkdirSync(join(logs, name));
    const log = new RunLog('bake', logs);
    const kept = [...older.slice(-9), log.folder.slice(logs.length + 1), 'brew-2020-01-01T00.00.00-1'];
    expect(readdirSync(logs).toSorted()).toEqual(kept.toSorted());
    expect(existsSync(log.path)).toBe(true);
  });
});
