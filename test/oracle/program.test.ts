import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import oracledb from 'oracledb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bundleStandIn } from './build.ts';

let folder: string;
const programs: ChildProcessWithoutNullStreams[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  await bundleStandIn(folder);
});
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(environment: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  const onLoopback = {
    ORACLE_STANDIN_HOST: '127.0.0.1',
    ORACLE_STANDIN_PORT: '0',
    ORACLE_STANDIN_CONTROL_PORT: '0',
  };
  const program = spawn(process.execPath, [join(folder, 'stand-in.mjs')], {
    env: { ...onLoopback, ...environment },
    cwd: '/',
  });
  programs.push(program);
  return program;
}

/** The ports that it says it listens on. */
async function portsOf(program: ChildProcessWithoutNullStreams): Promise<{ tns: number; control: number }> {
  const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string];
  expect(line).toContain('Oracle stand-in for tests, not Oracle Database');
  const [tns = 0, control = 0] = [...line.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  return { tns, control };
}

describe('the program', () => {
  test('the stand-in is one file, serves drivers, shows its counters, and ends at once on a signal', async () => {
    expect(readdirSync(folder)).toEqual(['stand-in.mjs']);
    const settings = { users: { APP: { password: 'right' } }, services: ['FREEPDB1'] };
    const program = start({ ORACLE_STANDIN_SETTINGS: JSON.stringify(settings) });
    const { tns, control } = await portsOf(program);
    const login = (password: string) =>
      oracledb.getConnection({ user: 'APP', password, connectString: `127.0.0.1:${tns}/FREEPDB1` });
    await expect(login('wrong')).rejects.toMatchObject({ code: 'ORA-01017' });
    const connection = await login('right');
    const statistics = await (await fetch(`http://127.0.0.1:${control}/stats`)).json();
    expect(statistics).toMatchObject({ logons: 1, failedLogons: 1, sessions: 1, peakSessions: 1 });
    program.kill('SIGTERM');
    expect(await once(program, 'exit')).toEqual([0, null]);
    await expect(connection.ping()).rejects.toMatchObject({ code: 'NJS-500' });
  });

  test.for<[string, NodeJS.ProcessEnv, string]>([
    ['that are no JSON', { ORACLE_STANDIN_SETTINGS: '{users' }, 'ORACLE_STANDIN_SETTINGS'],
    ['with an unknown key', { ORACLE_STANDIN_SETTINGS: '{"user":{}}' }, '"user"'],
    ['that are no object', { ORACLE_STANDIN_SETTINGS: '[]' }, 'settings'],
    ['with an impossible port', { ORACLE_STANDIN_PORT: 'x' }, 'ORACLE_STANDIN_PORT'],
  ])('the stand-in does not start with settings %s, and says why', async ([, environment, named]) => {
    const program = start(environment);
    const [said, [code]] = await Promise.all([text(program.stderr), once(program, 'exit')]);
    expect(code).toBe(1);
    expect(said).toContain(named);
    expect(said.trim().split('\n')).toHaveLength(1);
  });
});
