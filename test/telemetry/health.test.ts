import { describe, expect, test } from 'vitest';
import { healthChecks, type LeaseContact, type WatchHealth } from '../../src/telemetry/health.ts';

const NOW = 1_000_000;
type State = Omit<WatchHealth, 'name'>;

const heard = (agoMs: number, error?: string): State => ({ isSynced: true, lastContactAt: NOW - agoMs, error });
const unheard: State = { isSynced: false, lastContactAt: Number.NEGATIVE_INFINITY, error: undefined };

const health = (states: Readonly<Record<string, State>>, delayMs = 0, contact?: LeaseContact) => {
  const watches = () => Object.entries(states).map(([name, state]) => ({ name, ...state }));
  return healthChecks({ watches, lease: () => contact, maxDelayMs: () => delayMs, now: () => NOW });
};

describe('ready', () => {
  test.for<[string, Readonly<Record<string, State>>, readonly string[]]>([
    ['all is listed and was heard', { jobs: heard(0), pods: heard(179_999) }, []],
    ['one is not listed yet', { jobs: heard(0), pods: unheard }, ['pods: not listed yet']],
    ['none is', { jobs: unheard, pods: unheard }, ['jobs: not listed yet', 'pods: not listed yet']],
    ['one is silent', { jobs: heard(180_000), pods: heard(1) }, ['jobs: no contact with the API server for 180 s']],
    ['one is refused', { pods: { ...unheard, error: '403 Forbidden' } }, ['pods: not listed yet: 403 Forbidden']],
    ['one was refused just now', { pods: heard(1, '403 Forbidden') }, []],
    [
      'one is refused for long',
      { pods: heard(200_000, '403 Forbidden') },
      ['pods: no contact with the API server for 200 s: 403 Forbidden'],
    ],
  ])('where %s', ([, caches, problems]) => {
    expect(health(caches).ready()).toEqual(problems);
  });

  test.for<[number, readonly string[]]>([
    [1999, []],
    [2000, ['event loop: blocked for 2 s']],
  ])('where the event loop was blocked for %i ms', ([delayMs, problems]) => {
    expect(health({ jobs: heard(0) }, delayMs).ready()).toEqual(problems);
  });

  test.for<[number, string | undefined, readonly string[]]>([
    [59_999, '403 Forbidden', []],
    [60_000, '403 Forbidden', ['lease: not read or written for 60 s: 403 Forbidden']],
    [70_000, undefined, ['lease: not read or written for 70 s']],
  ])('where the lease was last read or written %i ms ago', ([agoMs, error, problems]) => {
    expect(health({ jobs: heard(0) }, 0, { lastContactAt: NOW - agoMs, error }).ready()).toEqual(problems);
  });
});

describe('live', () => {
  test('does not depend on the API server: to start again would not bring it back', () => {
    expect(health({ jobs: unheard, pods: heard(10_000_000) }).live()).toEqual([]);
  });

  test.for<[number, readonly string[]]>([
    [9999, []],
    [10_000, ['event loop: blocked for 10 s']],
  ])('where the event loop was blocked for %i ms', ([delayMs, problems]) => {
    expect(health({}, delayMs).live()).toEqual(problems);
  });
});
