import { beforeEach, describe, expect, test, vi } from 'vitest';
import { once } from 'node:events';
import { fakeMachine } from '../support/machine.ts';
import type { Run } from './run.ts';
import { runSteps, type Step, StepFailed } from './steps.ts';

/** What was shown, as on something that is no terminal. */
let shown: string;
beforeEach(() => {
  shown = '';
  for (const output of [process.stdout, process.stderr]) {
    vi.spyOn(output, 'write').mockImplementation((text) => {
      shown += String(text);
      return true;
    });
  }
  return () => vi.restoreAllMocks();
});

const step = (title: string, run: (run: Run) => Promise<string | void> | string | void): Step => ({
  title,
  run: async (run_) => run(run_),
});

const fails = (title: string, error: unknown): Step =>
  step(title, () => {
    throw error;
  });

/** Works until it is stopped, and then takes a while to clear up. */
const stoppable = (title: string, ends: string[]): Step =>
  step(title, async ({ signal }) => {
    if (!signal.aborted) await once(signal, 'abort');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ends.push(title);
    signal.throwIfAborted();
  });

const failureOf = (run: Run, steps: readonly Step[]) => runSteps(run, steps).catch((error: unknown) => error);

describe('steps', () => {
  test('steps run one after another, and show their progress and results', async () => {
    const { run } = fakeMachine();
    const order: string[] = [];
    await runSteps(run, [
      { title: 'Group', steps: [step('one', () => void order.push('one')), step('two', () => void order.push('two'))] },
      step('three', ({ say }) => {
        say('half way');
        order.push('three');
        return 'found it';
      }),
    ]);
    expect(order).toEqual(['one', 'two', 'three']);
    expect(shown).toMatch(/three[^]*half way[^]*three: found it/);
  });

  test('steps that are concurrent run at the same time, and later steps wait for them', async () => {
    const { run } = fakeMachine();
    const order: string[] = [];
    const { promise: met, resolve: meet } = Promise.withResolvers<void>();
    await runSteps(run, [
      {
        title: 'Group',
        isConcurrent: true,
        steps: [step('one', () => met.then(() => void order.push('one'))), step('two', () => meet())],
      },
      step('three', () => void order.push('three')),
    ]);
    expect(order).toEqual(['one', 'three']);
  });
});

describe('a step that fails', () => {
  test('a step that fails is named with its cause, and no later step runs', async () => {
    const { run } = fakeMachine();
    const order: string[] = [];
    const cause = new Error('no room\nsecond line');
    const failure = await failureOf(run, [
      { title: 'Group', steps: [fails('one', cause), step('two', () => void order.push('two'))] },
      step('three', () => void order.push('three')),
    ]);
    expect(failure).toBeInstanceOf(StepFailed);
    expect(failure).toMatchObject({ step: 'one', cause, message: 'no room' });
    expect(order).toEqual([]);
  });

  test.for<[string, boolean]>([
    ['before', true],
    ['after', false],
  ])('a step that fails is named, also where it stands %s a concurrent step that it stops', async ([, isFirst]) => {
    const { run } = fakeMachine();
    const ends: string[] = [];
    const pair = [fails('broken', new Error('no room')), stoppable('beside', ends)];
    const failure = await failureOf(run, [
      { title: 'Group', isConcurrent: true, steps: isFirst ? pair : pair.toReversed() },
    ]);
    expect(failure).toMatchObject({ step: 'broken', message: 'no room' });
    expect(ends).toEqual(['beside']);
    expect(shown).toContain('broken [FAILED: no room]');
  });
});

describe('a run that is stopped', () => {
  test('a run that is stopped throws the reason, after its steps have ended', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { run } = fakeMachine(stop.signal);
    const ends: string[] = [];
    const failure = await failureOf(run, [
      {
        title: 'Group',
        isConcurrent: true,
        steps: [stoppable('one', ends), stoppable('two', ends), step('three', () => stop.abort(reason))],
      },
      step('four', () => void ends.push('four')),
    ]);
    expect(failure).toBe(reason);
    expect(ends.toSorted()).toEqual(['one', 'two']);
  });
});
