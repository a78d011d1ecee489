import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { WorkQueue } from '../../src/runtime/queue.ts';
import { useFakeTimers } from '../support/node-timers.ts';

const backoff = { firstMs: 100, maxMs: 1000 };
const createQueue = () => new WorkQueue({ backoff, random: () => 1 });

/** Takes all that is ready, without waiting for more. */
async function takeAll(queue: WorkQueue): Promise<(string | undefined)[]> {
  return Promise.all(Array.from({ length: queue.length }, () => queue.next()));
}

beforeEach(() => {
  useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('WorkQueue: a key', () => {
  test('a key that is added twice is handed out once', async () => {
    const queue = createQueue();
    queue.add('a');
    queue.add('a');
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('a key that is added while a worker has it is handed out once more, after that', async () => {
    const queue = createQueue();
    queue.add('a');
    expect(await queue.next()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  test('a key that is done and was not added meanwhile is not handed out again', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  test('a key that is added again goes to the end of the queue', async () => {
    const queue = createQueue();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    const first = await queue.next();
    queue.add('a');
    queue.done('a');
    expect([first, ...(await takeAll(queue))]).toEqual(['a', 'b', 'c', 'a']);
  });
});

test('WorkQueue: the initial drain ends once the last key is done, with those that came meanwhile', async () => {
  const queue = createQueue();
  let isDrained = false;
  void queue.initialDrain.then(() => (isDrained = true));
  const looked = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return isDrained;
  };
  expect(await looked()).toBe(false);
  queue.add('a');
  queue.add('b');
  const taken = await takeAll(queue);
  queue.add('a');
  for (const key of taken) if (key !== undefined) queue.done(key);
  expect(await looked()).toBe(false);
  await queue.next();
  queue.done('a');
  expect(await looked()).toBe(true);
});

describe('WorkQueue: a waiting worker', () => {
  test('a waiting worker gets a key as it is added, the longest waiting first', async () => {
    const queue = createQueue();
    const waiting = [queue.next(), queue.next()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(waiting)).toEqual(['a', 'b']);
    expect(queue.length).toBe(0);
  });

  test('a waiting worker gets a key that was added meanwhile as soon as it is done', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    const waiting = queue.next();
    queue.add('a');
    queue.done('a');
    expect(await waiting).toBe('a');
  });
});

describe('WorkQueue: a delayed key', () => {
  const laterAt = async (act: (queue: WorkQueue) => void): Promise<number[]> => {
    const queue = createQueue();
    act(queue);
    const times: number[] = [];
    for (let at = 0; at <= 1000; at += 10) {
      for (const key of await takeAll(queue)) {
        times.push(at);
        queue.done(key ?? '');
      }
      vi.advanceTimersByTime(10);
    }
    return times;
  };

  it.for<[string, (queue: WorkQueue) => void, number[]]>([
    ['comes when its time has come', (queue) => queue.addAfter('a', 300), [300]],
    ['comes at the sooner of two times', (queue) => [300, 200].forEach((ms) => queue.addAfter('a', ms)), [200]],
    ['is not put off by a later time', (queue) => [200, 300].forEach((ms) => queue.addAfter('a', ms)), [200]],
    [
      'comes now as well when it is added now',
      (queue) => {
        queue.addAfter('a', 300);
        queue.add('a');
      },
      [0, 300],
    ],
    ['does not come at once when its time is too far for a timer', (queue) => queue.addAfter('a', 2 ** 40), []],
    ['does not come at once when its time is never', (queue) => queue.addAfter('a', Infinity), []],
    ['comes at once when its time is over', (queue) => queue.addAfter('a', -5), [10]],
    ['does not come when the queue is closed first', (queue) => [queue.addAfter('a', 300), queue.close()], []],
  ])('a delayed key %s', async ([, act, times]) => {
    expect(await laterAt(act)).toEqual(times);
  });
});

describe('WorkQueue: a failed key', () => {
  test('a failed key comes again after a delay that doubles up to the maximum', () => {
    const queue = createQueue();
    expect(Array.from({ length: 6 }, () => queue.retry('a'))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('a failed key comes again after the delay that retry returned', async () => {
    const queue = createQueue();
    const pause = queue.retry('a');
    vi.advanceTimersByTime(pause - 1);
    expect(queue.length).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('a failed key waits as long as the server asked to', () => {
    expect(createQueue().retry('a', 7000)).toBe(7000);
  });

  test.for<[string, (queue: WorkQueue) => void]>([
    ['was added while a worker had it', (queue) => queue.add('a')],
    ['was added for a sooner time', (queue) => queue.addAfter('a', 500)],
  ])('a failed key is not handed out before that, though it %s', async ([, happens]) => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    happens(queue);
    queue.retry('a', 7000);
    queue.done('a');
    queue.add('a');
    vi.advanceTimersByTime(6999);
    expect(queue.length).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('a failed key comes at once where it is added and the server did not ask to wait', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    queue.retry('a');
    queue.add('a');
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('forget resets the delay of a key, and not of others', () => {
    const queue = createQueue();
    for (const key of ['a', 'b', 'a', 'b']) queue.retry(key);
    queue.forget('a');
    expect(queue.retry('a')).toBe(100);
    expect(queue.retry('b')).toBe(400);
  });
});

test('WorkQueue: a closed queue hands out no key, to those who wait and those who come', async () => {
  const queue = createQueue();
  const waiting = queue.next();
  queue.close();
  queue.add('a');
  expect(await waiting).toBeUndefined();
  expect(await queue.next()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
