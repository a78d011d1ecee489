import { expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { finishedProbe, observed, profile, verdict } from '../builders.ts';

test('retry and rollback requests are shown as handled in the status', () => {
  const asking = profile({ probeRequestedAt: 'p', retryRequestedAt: 'r', rollbackRequestedAt: 'b' });
  expect(decide(observed({ profile: asking })).status.handledRequests).toEqual({ retry: 'r', rollback: 'b' });
});

test('a probe request is shown as handled once a probe has it, and stays there', () => {
  const heard = (changes: Partial<Observed>) => decide(observed(changes)).status.handledRequests?.probe;
  const asking = profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'old' } } });
  expect(heard({ profile: asking })).toBe('old');
  expect(heard({ profile: asking, probes: [finishedProbe(verdict(), 0, { requestedAt: 'new' })] })).toBe('new');
  expect(heard({ profile: profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'new' } } }) })).toBe(
    'new',
  );
});
