import { beforeEach, describe, expect, test } from 'vitest';
import { InFlight } from '../../src/controller/observe/in-flight.ts';
import { LastingConflictError } from '../../src/controller/act/conflicts.ts';
import type { Action } from '../../src/core/model/action.ts';
import { LostRaceError } from '../../src/controller/act/create.ts';
import { ApiError, TransportError } from '../../src/kube/errors.ts';

let inFlight: InFlight;
let settled: string[];

beforeEach(() => {
  inFlight = new InFlight();
  settled = [];
  inFlight.onSettled((key) => settled.push(key));
});

const object = { apiVersion: 'v1', kind: 'Any', metadata: { namespace: 'shop', name: 'x' } };
const start: Action = { kind: 'startProbe', object, credentialsKey: 'db' };
const rollOut: Action = { kind: 'rollOut', object, max: 40, force: false };
const other: Action = { kind: 'deleteProbe', object };

const starts = () => inFlight.probeStarts.map(([key]) => key);
const rejected = (code: number, reason: string) => new ApiError('POST', { code, reason });

test('a start and a rollout are in flight while they are carried out, and no other action', async () => {
  const answer = Promise.withResolvers<void>();
  const writing = [
    inFlight.during('shop/one', [other, start], () => answer.promise),
    inFlight.during('shop/two', [rollOut, start], () => answer.promise),
    inFlight.during('shop/three', [other], () => answer.promise),
  ];
  expect([starts(), inFlight.rolloutOf('shop/two'), inFlight.rolloutOf('shop/one')]).toEqual([
    ['shop/one', 'shop/two'],
    rollOut,
    undefined,
  ]);
  answer.resolve();
  await Promise.all(writing);
  expect([starts(), inFlight.rolloutOf('shop/two'), settled]).toEqual([[], undefined, ['shop/one', 'shop/two']]);
});

describe('a write', () => {
  const write = (rejection: Error) => inFlight.during('shop/one', [start], () => Promise.reject(rejection));

  test.for<readonly [string, Error]>([
    ['the API server rejected', rejected(403, 'Forbidden')],
    ['conflicts for ever', new LastingConflictError(rejected(409, 'Conflict'))],
  ])('a write that %s is settled', async ([, error]) => {
    await expect(write(error)).rejects.toBe(error);
    expect([starts(), settled]).toEqual([[], ['shop/one']]);
  });

  test.for<readonly [string, Error]>([
    ['got no response', new TransportError('POST', undefined)],
    ['conflicted, maybe with itself', rejected(409, 'Conflict')],
    ['found its object there already', new LostRaceError(rejected(409, 'AlreadyExists'))],
  ])('a write that %s stays in flight until the next pass', async ([, error]) => {
    await expect(write(error)).rejects.toBe(error);
    expect([starts(), settled]).toEqual([['shop/one'], []]);
    await inFlight.during('shop/one', [], () => Promise.resolve());
    expect([starts(), settled]).toEqual([[], ['shop/one']]);
  });

  test('a write of a deleted profile is settled', async () => {
    await write(new TransportError('POST', undefined)).catch(() => undefined);
    inFlight.settle('shop/one');
    expect([starts(), settled]).toEqual([[], ['shop/one']]);
  });
});
