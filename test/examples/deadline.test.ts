import { expect, test } from 'vitest';
import { DeadlineExceeded, within } from '../../examples/backend/deadline.ts';

test('work that takes longer than its deadline is not waited for', async () => {
  const { promise } = Promise.withResolvers<void>();
  await expect(within(5, promise)).rejects.toThrow(new DeadlineExceeded('no answer within 5 ms'));
});

test('work that fails in time fails with its own error', async () => {
  await expect(within(60_000, Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});
