import { expect, test } from 'vitest';
import { writeEvent } from '../../src/controller/act/event.ts';
import type { Event } from '../../src/core/model/decision.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { abortAfter } from '../../src/runtime/timers.ts';
import { observed } from '../core/builders.ts';

const nameOf = async (event: Pick<Event, 'reason'> & Partial<Event>) => {
  const names: (string | undefined)[] = [];
  const client = { create: (_: unknown, { metadata }: KubeObject) => Promise.resolve(names.push(metadata?.name)) };
  const writer = { client, log: undefined } as unknown as Parameters<typeof writeEvent>[2];
  await writeEvent({ type: 'Normal', message: '', ...event }, observed(), writer, abortAfter(5000));
  return names;
};

test('an event is named after the profile, its reason, and what happened', async () => {
  expect(await nameOf({ reason: 'Restored' })).toEqual(['search.profile-uid.restored']);
  expect(await nameOf({ reason: 'RolloutFailed', occurrence: '0a1b2c3d4e' })).toEqual([
    'search.profile-uid.rolloutfailed.0a1b2c3d4e',
  ]);
});

/** What is logged where the API server rejects an event. */
async function loggedFor(code: number, reason: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const create = () => Promise.reject(new ApiError('POST events', { code, reason, message: 'rejected' }));
  const log = { warn: (_: object, line: string) => lines.push(line) };
  const writer = { client: { create }, log } as unknown as Parameters<typeof writeEvent>[2];
  await writeEvent({ type: 'Normal', reason: 'Restored', message: 'it is over' }, observed(), writer, abortAfter(5000));
  return lines;
}

test.for<[string, number, string, readonly string[]]>([
  ['was written before', 409, 'AlreadyExists', []],
  ['is of a namespace that is gone', 404, 'NotFound', []],
  ['is forbidden', 403, 'Forbidden', ['failed to write event: it is over']],
])('what is logged of an event that %s', async ([, code, reason, lines]) => {
  expect(await loggedFor(code, reason)).toEqual(lines);
});
