import { expect, test } from 'vitest';
import type { Measurement } from '../../bench/figures.ts';
import { type Outcome, Taking } from '../../bench/taking.ts';
import { fakeMachine } from '../support/machine.ts';

const figures: readonly Measurement[] = [{ figure: 'image.size', at: {}, samples: [1] }];

function taking(mostMinutes = 1) {
  const stop = new AbortController();
  const { run } = fakeMachine(stop.signal);
  const handedOver: Outcome[] = [];
  const onTaken = ({ measurements, failures }: Outcome) =>
    void handedOver.push({ measurements: [...measurements], failures: [...failures] });
  return { stop, handedOver, taking: new Taking({ run, mostMinutes, onTaken }) };
}

test('what was taken is handed over after each part, so that a run that is cut off keeps it', async () => {
  const { stop, handedOver, taking: run } = taking();
  await run.attempt('probe', async () => figures);
  const cut = run.attempt('cost', async () => {
    stop.abort(new Error('cut'));
    throw new Error('the cluster is gone');
  });
  await expect(cut).rejects.toThrow('cut');
  expect(handedOver).toEqual([{ measurements: figures, failures: [] }]);
});

test('a part that waits is not waited for once the run is ended', async () => {
  const { stop, taking: run } = taking();
  const cut = run.attempt('cost', () => new Promise<never>(() => undefined));
  stop.abort(new Error('cut'));
  await expect(cut).rejects.toThrow('cut');
});

test('a part that fails is told of, and the others go on', async () => {
  const { handedOver, taking: run } = taking();
  await run.attempt('probe', async () => {
    throw new Error('no');
  });
  await run.attempt('cost', async () => figures);
  expect(handedOver.at(-1)).toEqual({ measurements: figures, failures: [{ part: 'probe', error: 'no' }] });
});

test('a part for which no time is left is not begun', async () => {
  const { handedOver, taking: run } = taking(-1);
  await run.attempt('probe', async () => figures);
  expect(handedOver[0]).toMatchObject({ measurements: [], failures: [{ part: 'probe' }] });
});
