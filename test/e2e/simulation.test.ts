import { expect, test } from 'vitest';
import { seenOnKind } from './same-history/real.ts';
import { seenInSimulation } from './same-history/simulated.ts';

test('a real cluster goes through a history as the simulation does', async () => {
  const [simulated, real] = [await seenInSimulation(), await seenOnKind()];
  expect(real.templates).toEqual(simulated.templates);
  expect(real.revisions).toEqual(simulated.revisions);
  expect(real.reasons).toEqual(simulated.reasons);
});
