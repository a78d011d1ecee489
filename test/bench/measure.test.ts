import { expect, test } from 'vitest';
import type { Measurement } from '../../bench/figures.ts';
import { type Outcome, Measuring } from '../../bench/measure.ts';
import { fakeMachine } from '../support/machine.ts';

const figures: readonly Measurement[] = [{ figure: 'image.size', at: {}, samples: [1] }];

function newMeasuring(maxMinutes = 1) {
  const stop = new AbortController();
  const { run } = fakeMachine(stop.signal);
  const handedOver: Outcome[] = [];
  const onMeasured = ({ measurements, failures }: Outcome) =>
    void handedOver.push({ measurements: [...measurements], failures: [...failures] });
  return { stop, handedOver, measuring: new Measuring({ run, maxMinutes, onMeasured }) };
}

test('results are saved after each part, so that a run that is cut off keeps them', async () => {
  const { stop, handedOver, measuring: run } = newMeasuring();
  await run.attempt('probe', async () => figures);
  const cut = run.attempt('cost', async () => {
    stop.abort(new Error('cut'));
    throw new Error('the cluster is gone');
  });
  await expect(cut).rejects.toThrow('cut');
  expect(handedOver).toEqual([{ measurements: figures, failures: [] }]);
});

test('a part that still waits does not delay the end of an aborted run', async () => {
  const { stop, measuring: run } = newMeasuring();
  const cut = run.attempt('cost', () => new Promise<never>(() => undefined));
  stop.abort(new Error('cut'));
  await expect(cut).rejects.toThrow('cut');
});

test('a part that fails is recorded, and the others go on', async () => {
  const { handedOver, measuring: run } = newMeasuring();
  await run.attempt('probe', async () => {
    throw new Error('no');
  });
  await run.attempt('cost', async () => figures);
  expect(handedOver.at(-1)).toEqual({ measurements: figures, failures: [{ part: 'probe', error: 'no' }] });
});

test('a part for which no time is left does not start', async () => {
  const { handedOver, measuring: run } = newMeasuring(-1);
  await run.attempt('probe', async () => figures);
  expect(handedOver[0]).toMatchObject({ measurements: [], failures: [{ part: 'probe' }] });
});
