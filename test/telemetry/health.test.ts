import { describe, expect, test } from 'vitest';
import { healthChecks, type LeaseContact, type WatchHealth } from '../../src/telemetry/health.ts';

const NOW = 1_000_000;
type State = Omit<WatchHealth, 'name'>;

const synced = (agoMs: number, error?: string): State => ({ isSynced: true, lastContactAt: NOW - agoMs, error });
const unsynced: State = { isSynced: false, lastContactAt: Number.NEGATIVE_INFINITY, error: undefined };

const health = (states: Readonly<Record<string, State>>, delayMs = 0, contact?: LeaseContact) => {
  const watches = () => Object.entries(states).map(([name, state]) => ({ name, ...state }));
  return healthChecks({ watches, lease: () => contact, maxDelayMs: () => delayMs, now: () => NOW });
};

describe('/readyz', () => {
  test.for<[string, Readonly<Record<string, State>>, readonly string[]]>([
    ['all is listed and there was contact', { jobs: synced(0), pods: synced(179_999) }, []],
    ['one is not listed yet', { jobs: synced(0), pods: unsynced }, ['pods: not listed yet']],
    ['none is listed yet', { jobs: unsynced, pods: unsynced }, ['jobs: not listed yet', 'pods: not listed yet']],
    ['one is silent', { jobs: synced(180_000), pods: synced(1) }, ['jobs: no contact with the API server for 180 s']],
    ['a list is rejected', { pods: { ...unsynced, error: '403 Forbidden' } }, ['pods: not listed yet: 403 Forbidden']],
    ['a list was rejected just now', { pods: synced(1, '403 Forbidden') }, []],
    [
      'a list is rejected for long',
      { pods: synced(200_000, '403 Forbidden') },
      ['pods: no contact with the API server for 200 s: 403 Forbidden'],
    ],
  ])('/readyz where %s', ([, caches, problems]) => {
    expect(health(caches).ready()).toEqual(problems);
  });

  test.for<[number, readonly string[]]>([
    [1999, []],
    [2000, ['event loop: blocked for 2 s']],
  ])('/readyz where the event loop was blocked for %i ms', ([delayMs, problems]) => {
    expect(health({ jobs: synced(0) }, delayMs).ready()).toEqual(problems);
  });

  test.for<[number, string | undefined, readonly string[]]>([
    [59_999, '403 Forbidden', []],
    [60_000, '403 Forbidden', ['lease: not read or written for 60 s: 403 Forbidden']],
    [70_000, undefined, ['lease: not read or written for 70 s']],
  ])('/readyz where the lease was last read or written %i ms ago', ([agoMs, error, problems]) => {
    expect(health({ jobs: synced(0) }, 0, { lastContactAt: NOW - agoMs, error }).ready()).toEqual(problems);
  });
});

describe('/livez', () => {
  test('/livez does not depend on the API server: a restart would not bring it back', () => {
    expect(health({ jobs: unsynced, pods: synced(10_000_000) }).live()).toEqual([]);
  });

  test.for<[number, readonly string[]]>([
    [9999, []],
    [10_000, ['event loop: blocked for 10 s']],
  ])('/livez where the event loop was blocked for %i ms', ([delayMs, problems]) => {
    expect(health({}, delayMs).live()).toEqual(problems);
  });
});
