import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../src/runtime/queue.ts';
import { type Outcome, type Result, runWorkers, type WorkerOptions } from '../../src/runtime/worker.ts';

const LONG_MS = 1_000_000;
const DAY_MS = 86_400_000;
/** Failures come again at once, so that nothing has to be waited for; the pauses still show their number. */
const createQueue = () => new WorkQueue({ backoff: { firstMs: 1, maxMs: 8 }, random: () => 1 });

type Script = Record<string, readonly (() => Promise<Result>)[]>;

const succeed = async (): Promise<Result> => ({});
const fail = (error: unknown) => async (): Promise<Result> => {
  throw error;
};

/** Works on the keys of the script, each time by its next part, until all of it is played; gives the outcomes by key. */
async function play(script: Script, options: Partial<WorkerOptions> = {}): Promise<Record<string, Outcome[]>> {
  const queue = createQueue();
  const outcomes: Record<string, Outcome[]> = {};
  const reconcile = (key: string) => (script[key]?.[outcomes[key]?.length ?? 0] ?? succeed)();
  const onOutcome = (key: string, outcome: Outcome) => {
    (outcomes[key] ??= []).push(outcome);
    const isPlayed = Object.entries(script).every(([name, parts]) => (outcomes[name]?.length ?? 0) >= parts.length);
    if (isPlayed) queue.close();
  };
  for (const key of Object.keys(script)) queue.add(key);
  await runWorkers({ queue, reconcile, onOutcome, concurrency: 2, deadlineMs: LONG_MS, ...options });
  return outcomes;
}

describe('runWorkers: a reconcile', () => {
  test('a reconcile that fails is retried with backoff, which a success resets', async () => {
    const broken = fail(new Error('broken'));
    const again = async (): Promise<Result> => ({ requeueAfterMs: 1 });
    const { a = [] } = await play({ a: [broken, broken, broken, again, broken, again] });
    expect(a.map((outcome) => (outcome.kind === 'error' ? outcome.retryInMs : outcome.kind))).toEqual([
      1,
      2,
      4,
      'success',
      1,
      'success',
    ]);
  });

  test('a reconcile that fails waits as long as the server asked to', async () => {
    const error = new Error('too many');
    const { a } = await play({ a: [fail(error)] }, { retryAfterMs: (thrown) => (thrown === error ? 5000 : 0) });
    expect(a).toEqual([{ kind: 'error', error, retryInMs: 5000 }]);
  });

  test('a reconcile that always fails does not block others', async () => {
    const broken = fail(new Error('broken'));
    const keys = ['b', 'c', 'd', 'e'];
    const script = {
      a: Array.from({ length: 8 }, () => broken),
      ...Object.fromEntries(keys.map((key) => [key, [succeed]])),
    };
    const outcomes = await play(script, { concurrency: 1 });
    expect(keys.map((key) => outcomes[key]?.[0]?.kind)).toEqual(keys.map(() => 'success'));
  });

  test('a reconcile that throws before it returns a promise is a failure like any other', async () => {
    const { a } = await play({
      a: [
        () => {
          throw new Error('at once');
        },
      ],
    });
    expect(a?.[0]).toMatchObject({ kind: 'error', error: { message: 'at once' } });
  });

  test('a reconcile is repeated after its requeueAfterMs', async () => {
    const { a } = await play({ a: [async () => ({ requeueAfterMs: 1 }), succeed] });
    expect(a).toEqual([
      { kind: 'success', requeueAfterMs: 1 },
      { kind: 'success', requeueAfterMs: undefined },
    ]);
  });

  test.for([30 * DAY_MS, Infinity])('a reconcile that asks for a repetition in %d ms has none at once', async (ms) => {
    // The other one is repeated after 20 ms: a timer that cannot take its time fires after one.
    const outcomes = await play({
      a: [async () => ({ requeueAfterMs: ms })],
      b: [async () => ({ requeueAfterMs: 19.5 }), succeed],
    });
    expect(outcomes['a']).toEqual([{ kind: 'success', requeueAfterMs: ms }]);
  });

  test('a reconcile whose next time is no number is a failure like any other', async () => {
    const { a } = await play({ a: [async () => ({ requeueAfterMs: Number.NaN })] });
    expect(a).toMatchObject([{ kind: 'error', error: { message: 'a timer cannot wait for NaN ms' } }]);
  });

  test('a reconcile that takes longer than its deadline is aborted, and counts as failed', async () => {
    const queue = createQueue();
    const outcomes: Outcome[] = [];
    queue.add('a');
    await runWorkers({
      queue,
      concurrency: 1,
      deadlineMs: 5.5,
      reconcile: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      onOutcome: (_, outcome) => {
        outcomes.push(outcome);
        queue.close();
      },
    });
    expect(outcomes).toMatchObject([{ kind: 'error', error: { name: 'TimeoutError' } }]);
  });
});

test('runWorkers: keys that await no I/O yield to the event loop in between', async () => {
  const queue = createQueue();
  const keys = Array.from({ length: 200 }, (_, index) => String(index));
  for (const key of keys) queue.add(key);
  let looked = 0;
  const reconcile = async (): Promise<Result> => {
    const end = performance.now() + 1;
    while (performance.now() < end);
    looked += 1;
    return {};
  };
  const working = runWorkers({ queue, reconcile, onOutcome: () => {}, concurrency: 16, deadlineMs: LONG_MS });
  await pause(1);
  const lookedBefore = looked;
  await queue.initialDrain;
  queue.close();
  await working;
  expect(looked).toBe(keys.length);
  expect(lookedBefore).toBeLessThan(keys.length);
});

describe('runWorkers: a closed queue', () => {
  test('a closed queue lets reconciles in flight finish, and starts no more', async () => {
    const queue = createQueue();
    const finish = Promise.withResolvers<Result>();
    const began: string[] = [];
    const outcomes: string[] = [];
    for (const key of ['a', 'b', 'c']) queue.add(key);
    const working = runWorkers({
      queue,
      concurrency: 2,
      deadlineMs: LONG_MS,
      reconcile: (key) => {
        began.push(key);
        if (began.length === 2) queue.close();
        return finish.promise;
      },
      onOutcome: (key) => outcomes.push(key),
    });
    queue.add('a');
    finish.resolve({});
    await working;
    expect(began).toEqual(['a', 'b']);
    expect(outcomes).toEqual(['a', 'b']);
  });
});

describe('runWorkers: an onOutcome that throws', () => {
  test('an onOutcome that throws ends all workers with its error, after reconciles in flight', async () => {
    const queue = createQueue();
    const slow = Promise.withResolvers<Result>();
    const reported: string[] = [];
    for (const key of ['slow', 'a', 'b']) queue.add(key);
    const working = runWorkers({
      queue,
      concurrency: 2,
      deadlineMs: LONG_MS,
      reconcile: (key) => (key === 'slow' ? slow.promise : succeed()),
      onOutcome: (key) => {
        reported.push(key);
        if (key === 'a') {
          setImmediate(() => slow.resolve({}));
          throw new Error('the log is broken');
        }
      },
    });
    await expect(working).rejects.toThrow('the log is broken');
    expect(reported).toEqual(['a', 'slow']);
  });
});

test('runWorkers: in any interleaving, no key is reconciled twice at a time, and each change by a later pass', async () => {
  let changedInFlight = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
      async (scheduler, changes) => {
        const queue = createQueue();
        const world: Record<string, number> = {};
        const seen: Record<string, number> = {};
        const inHand = new Set<string>();
        const reconcile = async (key: string): Promise<Result> => {
          expect(inHand).not.toContain(key);
          inHand.add(key);
          seen[key] = world[key] ?? 0;
          await scheduler.schedule(Promise.resolve(), `reconcile ${key}`);
          inHand.delete(key);
          return {};
        };
        const change = async (key: string) => {
          await scheduler.schedule(Promise.resolve(), `change ${key}`);
          world[key] = (world[key] ?? 0) + 1;
          if (inHand.has(key)) changedInFlight += 1;
          queue.add(key);
        };
        const errors: unknown[] = [];
        const onOutcome = (_: string, outcome: Outcome) => outcome.kind === 'error' && errors.push(outcome.error);
        const working = runWorkers({ queue, reconcile, onOutcome, concurrency: 3, deadlineMs: LONG_MS });
        const changing = Promise.all(changes.map(change));
        do {
          await scheduler.waitIdle();
          // A worker may be about to take the next key, once the event loop has turned.
          await turn();
        } while (queue.length > 0 || inHand.size > 0);
        await changing;
        queue.close();
        await working;
        expect(errors).toEqual([]);
        expect(seen).toEqual(world);
      },
    ),
    { numRuns: 200 },
  );
  // Some 500 changes of the 200 runs come while their key is being reconciled.
  expect(changedInFlight).toBeGreaterThan(150);
});
