import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { WorkQueue } from '../../src/runtime/queue.ts';

const backoff = { firstMs: 100, maxMs: 1000 };
const createQueue = () => new WorkQueue({ backoff, random: () => 1 });

/** Takes all that is ready, without waiting for more. */
async function takeAll(queue: WorkQueue): Promise<(string | undefined)[]> {
  return Promise.all(Array.from({ length: queue.length }, () => queue.next()));
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a key', () => {
  test('that is added twice is given out once', async () => {
    const queue = createQueue();
    queue.add('a');
    queue.add('a');
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('that is added while it is worked on is not given out meanwhile, and once more afterwards', async () => {
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

  test('that is done and was not added meanwhile is not given out again', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  test('goes to the back of the line when it comes again', async () => {
    const queue = createQueue();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    const first = await queue.next();
    queue.add('a');
    queue.done('a');
    expect([first, ...(await takeAll(queue))]).toEqual(['a', 'b', 'c', 'a']);
  });
});

test('it has caught up once the last key that was added is done, those that came meanwhile too', async () => {
  const queue = createQueue();
  let isCaughtUp = false;
  void queue.initialDrain.then(() => (isCaughtUp = true));
  const looked = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return isCaughtUp;
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

describe('one who waits for a key', () => {
  test('is given it when it is added, the longest waiting first', async () => {
    const queue = createQueue();
    const waiting = [queue.next(), queue.next()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(waiting)).toEqual(['a', 'b']);
    expect(queue.length).toBe(0);
  });

  test('is given a key that comes again, at the moment it is done', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    const waiting = queue.next();
    queue.add('a');
    queue.done('a');
    expect(await waiting).toBe('a');
  });
});

describe('a key that is added for later', () => {
  const laterAt = async (wish: (queue: WorkQueue) => void): Promise<number[]> => {
    const queue = createQueue();
    wish(queue);
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
    ['is not put off by a later wish', (queue) => [200, 300].forEach((ms) => queue.addAfter('a', ms)), [200]],
    [
      'comes now as well when it is added now',
      (queue) => {
        queue.addAfter('a', 300);
        queue.add('a');
      },
      [0, 300],
    ],
    ['does not come at once when its time is too far for a timer', (queue) => queue.addAfter('a', 2 ** 40), []],
    ['does not come when the queue is closed first', (queue) => [queue.addAfter('a', 300), queue.close()], []],
  ])('%s', async ([, wish, times]) => {
    expect(await laterAt(wish)).toEqual(times);
  });
});

describe('a key that fails', () => {
  test('comes again after a pause that doubles up to the longest', () => {
    const queue = createQueue();
    expect(Array.from({ length: 6 }, () => queue.retry('a'))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('comes again after no other pause than was told', async () => {
    const queue = createQueue();
    const pause = queue.retry('a');
    vi.advanceTimersByTime(pause - 1);
    expect(queue.length).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('waits as long as the server asked to', () => {
    expect(createQueue().retry('a', 7000)).toBe(7000);
  });

  test.for<[string, (queue: WorkQueue) => void]>([
    ['was added while it was worked on', (queue) => queue.add('a')],
    ['was wished for sooner', (queue) => queue.addAfter('a', 500)],
  ])('is not given out before that, though it %s', async ([, happens]) => {
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

  test('comes at once where it changes and the server did not ask to wait', async () => {
    const queue = createQueue();
    queue.add('a');
    await queue.next();
    queue.retry('a');
    queue.add('a');
    queue.done('a');
    expect(await takeAll(queue)).toEqual(['a']);
  });

  test('begins anew once its failures are forgotten, and leaves others as they are', () => {
    const queue = createQueue();
    for (const key of ['a', 'b', 'a', 'b']) queue.retry(key);
    queue.forget('a');
    expect(queue.retry('a')).toBe(100);
    expect(queue.retry('b')).toBe(400);
  });
});

test('a queue that is closed gives out nothing more, to those who wait and those who come', async () => {
  const queue = createQueue();
  const waiting = queue.next();
  queue.close();
  queue.add('a');
  expect(await waiting).toBeUndefined();
  expect(await queue.next()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
