import { describe, expect, test } from 'vitest';
import { changesIn, readsIn, splitOf, writesIn } from '../../bench/changes.ts';
import { type AuditedRequest, OPERATOR_USER } from '../support/audit.ts';

const request = (at: number, over: Partial<AuditedRequest>): AuditedRequest => ({
  at,
  ms: 2,
  user: OPERATOR_USER,
  pod: 'operator-0',
  verb: 'patch',
  resource: 'deployments',
  namespace: 'bench',
  name: 'p1',
  code: 200,
  ...over,
});
const profile = (at: number, name = 'p1') => request(at, { user: 'admin', resource: 'dbpoolprofiles', name });
const configMap = (at: number, name = 'p1-0a1b') =>
  request(at, { verb: 'create', resource: 'configmaps', name, ms: 3 });
const status = (at: number) => request(at, { resource: 'dbpoolprofiles/status' });

const one = (...requests: readonly AuditedRequest[]) => {
  const [change] = changesIn(requests, 'bench');
  if (change === undefined) expect.unreachable();
  return change;
};

test('a request belongs to the last change before it', () => {
  const requests = [status(9), profile(10), configMap(15), profile(20, 'p2'), status(21), configMap(22, 'p2-ff')];
  const changes = changesIn(requests.toReversed(), 'bench');
  expect(changes.map(({ profile: { name }, asked }) => [name, asked.map(({ at }) => at)])).toEqual([
    ['p1', [15]],
    ['p2', [21, 22]],
  ]);
});

test('a write of the operator, of another namespace or of the lease is no change', () => {
  const others = [
    { ...profile(1), namespace: 'other' },
    { ...profile(2), user: OPERATOR_USER },
    { ...profile(3), verb: 'get' },
  ];
  expect(changesIn(others, 'bench')).toEqual([]);
  expect(one(profile(4), request(5, { verb: 'update', resource: 'leases' })).asked).toEqual([]);
});

describe('the time of a change', () => {
  test('the time of a change is divided between the API server and what lies between its responses', () => {
    const change = one(profile(10), configMap(15.5), request(19, { ms: 4 }), request(30, {}));
    expect(splitOf(change)).toEqual({ profile: 2, look: 3.5, configMap: 3, between: 0.5, template: 4 });
  });

  test('the time of a change has no gap where two requests overlap', () => {
    expect(splitOf(one(profile(10), configMap(11), request(12, {})))).toMatchObject({ look: 0, between: 0 });
  });

  test('the time of a change is that of its own objects', () => {
    const others = [configMap(11, 'p0-ff'), request(12, { name: 'p0' })];
    expect(splitOf(one(profile(10), ...others, configMap(15), request(19, {})))).toMatchObject({ look: 3, between: 1 });
  });

  test('the time of a change is unknown where the log lacks a write', () => {
    expect(splitOf(one(profile(10), configMap(11)))).toBeUndefined();
  });
});

test('writes are counted by what they write, and reads apart from the ends of watches', () => {
  const asked = [
    configMap(1),
    request(2, {}),
    status(3),
    status(4),
    request(5, { verb: 'create', resource: 'events' }),
    request(6, { verb: 'delete', resource: 'jobs' }),
    request(7, { verb: 'list' }),
    request(8, { verb: 'watch' }),
  ];
  expect(writesIn(asked)).toEqual({ configMap: 1, deployment: 1, status: 2, event: 1, other: 1 });
  expect(readsIn(asked)).toBe(1);
});
