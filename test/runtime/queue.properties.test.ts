import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkQueue } from '../../src/runtime/queue.ts';
import { useFakeTimers } from '../support/node-timers.ts';

const FAILURE_MS = 100;

/**
 * The queue as it is meant: which keys have to be worked on, which are, and when which are wished for later. No order, no
 * callers that wait, no timers: those are what is tested.
 */
class Model {
  readonly dirty = new Set<string>();
  readonly processing = new Set<string>();
  readonly later = new Map<string, number>();
  readonly notBefore = new Map<string, number>();
  now = 0;

  get ready(): readonly string[] {
    return [...this.dirty].filter((key) => !this.processing.has(key));
  }

  add(key: string): void {
    const heldMs = (this.notBefore.get(key) ?? 0) - this.now;
    if (heldMs > 0 && !this.dirty.has(key)) this.wish(key, heldMs);
    else this.dirty.add(key);
  }

  wish(key: string, ms: number): void {
    this.later.set(key, Math.min(this.later.get(key) ?? Number.POSITIVE_INFINITY, this.now + ms));
  }

  pass(ms: number): void {
    this.now += ms;
    for (const [key, at] of this.later) {
      if (at > this.now) continue;
      this.later.delete(key);
      this.add(key);
    }
  }
}

class Run {
  readonly model = new Model();
  readonly queue = new WorkQueue({ backoff: { firstMs: FAILURE_MS, maxMs: FAILURE_MS }, random: () => 1 });
  readonly #given: string[] = [];
  /** Keys handed out so far, and adds of keys that a failure holds back. */
  readonly counts = { given: 0, heldBack: 0 };
  #waiting = 0;

  add(key: string): void {
    if ((this.model.notBefore.get(key) ?? 0) > this.model.now) this.counts.heldBack += 1;
    this.model.add(key);
    this.queue.add(key);
  }

  addAfter(key: string, ms: number): void {
    this.model.wish(key, ms);
    this.queue.addAfter(key, ms);
  }

  /** What is worked on fails, and the server asks to wait for so long. */
  fail(askedMs: number): void {
    const [key] = this.model.processing;
    if (key === undefined) return;
    this.model.notBefore.set(key, this.model.now + askedMs);
    if (askedMs > 0) this.model.dirty.delete(key);
    this.model.wish(key, this.queue.retry(key, askedMs));
    this.done();
  }

  take(): void {
    this.#waiting += 1;
    void this.queue.next().then((key) => this.#given.push(key ?? 'nothing'));
  }

  done(): void {
    const [key] = this.model.processing;
    if (key === undefined) return;
    this.model.processing.delete(key);
    this.queue.done(key);
  }

  pass(ms: number): void {
    this.model.pass(ms);
    vi.advanceTimersByTime(ms);
  }

  /** Only ready keys are handed out; then queue and model agree on what is left, and nobody waits while a key is ready. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    for (const key of this.#given.splice(0)) {
      this.counts.given += 1;
      assert.ok(this.model.ready.includes(key), `${key} was given though it is not ready`);
      this.model.dirty.delete(key);
      this.model.processing.add(key);
      this.#waiting -= 1;
    }
    assert.equal(this.queue.length, this.model.ready.length);
    assert.equal(Math.min(this.#waiting, this.queue.length), 0);
  }
}

const keys = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  keys.map((key) => (run: Run) => run.add(key)),
  fc.tuple(keys, fc.integer({ min: 1, max: 300 })).map(
    ([key, ms]) =>
      (run: Run) =>
        run.addAfter(key, ms),
  ),
  fc.constantFrom(0, 50, 250).map((askedMs) => (run: Run) => run.fail(askedMs)),
  fc.constant((run: Run) => run.take()),
  fc.constant((run: Run) => run.done()),
  fc.integer({ min: 1, max: 300 }).map((ms) => (run: Run) => run.pass(ms)),
);

beforeEach(() => {
  useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('WorkQueue: in any order of calls, no key is processed twice at a time, none is lost, none comes unasked', async () => {
  const counts = { given: 0, heldBack: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const run = new Run();
      for (const act of steps) {
        act(run);
        await run.settle();
      }
      run.queue.close();
      counts.given += run.counts.given;
      counts.heldBack += run.counts.heldBack;
    }),
    { numRuns: 300 },
  );
  // Some 1,600 keys are handed out in the 300 runs, and some 200 adds are held back by a failure.
  expect(counts.given).toBeGreaterThan(500);
  expect(counts.heldBack).toBeGreaterThan(50);
});
