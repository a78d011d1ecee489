import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Control, serveControl } from './control.ts';
import { loginTo, soon } from './login.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn;
let control: Control;
beforeEach(async () => {
  standIn = await startStandIn();
  control = await serveControl(standIn);
});
afterEach(async () => {
  await control[Symbol.asyncDispose]();
  await standIn.close();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, { method, ...sent });
  return { status: response.status, body: await response.json() };
}

describe('control', () => {
  test('the control API shows counters as flat numbers, users and sessions, and no password', async () => {
    const connection = await loginTo(standIn);
    await expect(loginTo(standIn, { password: 'wrong' })).rejects.toThrow('ORA-01017');
    const { body: statistics } = await call('GET', '/stats');
    expect(statistics).toMatchObject({ logons: 1, failedLogons: 1, sessions: 1 });
    expect(Object.values(statistics as object).every((value) => typeof value === 'number')).toBe(true);
    expect((await call('GET', '/users')).body).toEqual([{ name: 'APP', status: 'OPEN', failedLogons: 1, sessions: 1 }]);
    expect((await call('GET', '/sessions')).body).toMatchObject([{ sid: 1, user: 'APP', service: 'FREEPDB1' }]);
    const { body: settings } = await call('GET', '/settings');
    expect(settings).toMatchObject({ services: ['FREEPDB1'], users: { APP: { status: 'OPEN' } } });
    expect(JSON.stringify(settings)).not.toContain('right');
    await connection.close();
  });

  test('the control API changes settings, and returns what holds now', async () => {
    const patch = { users: { APP: { status: 'LOCKED' } }, faults: { ping: { kind: 'hang' } } };
    const changed = await call('PATCH', '/settings', patch);
    expect(changed).toMatchObject({ status: 200, body: patch });
    await expect(loginTo(standIn)).rejects.toThrow('ORA-28000');
    const { body } = await call('PATCH', '/settings', { faults: { ping: null } });
    expect(body).toMatchObject({ faults: {} });
  });

  test('the control API kills a session, drops all, unlocks a user, resets counters', async () => {
    const killed = await loginTo(standIn);
    expect(await call('DELETE', '/sessions/1?code=2396')).toEqual({ status: 200, body: { killed: 1 } });
    await expect(killed.ping()).rejects.toThrow('ORA-02396');
    const dropped = await loginTo(standIn);
    await soon(async () => expect(await call('POST', '/drop')).toEqual({ status: 200, body: { dropped: 1 } }));
    await expect(dropped.ping()).rejects.toThrow('NJS-500');
    standIn.change({ users: { APP: { failedLoginAttempts: 1 } } });
    await expect(loginTo(standIn, { password: 'wrong' })).rejects.toThrow('ORA-01017');
    await expect(loginTo(standIn)).rejects.toThrow('ORA-28000');
    expect(await call('POST', '/users/APP/unlock')).toEqual({ status: 200, body: { unlocked: 'APP' } });
    await (await loginTo(standIn)).close();
    expect(await call('POST', '/reset')).toMatchObject({ status: 200, body: { logons: 0, failedLogons: 0 } });
  });

  test.for<[string, string, unknown, number, string]>([
    ['GET', '/nowhere', undefined, 404, 'not found'],
    ['POST', '/stats', undefined, 404, 'not found'],
    ['DELETE', '/sessions/99', undefined, 404, 'not found'],
    ['POST', '/users/NOBODY/unlock', undefined, 404, 'not found'],
    ['PATCH', '/settings', { nonsense: 1 }, 400, 'nonsense'],
    ['PATCH', '/settings', { port: 1 }, 400, 'port'],
    ['PATCH', '/settings', '{', 400, 'JSON'],
  ])('the control API rejects %s %s with %j', async ([method, path, body, status, named]) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(named);
    await (await loginTo(standIn)).close();
  });
});
