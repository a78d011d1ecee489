import { afterEach, beforeEach, test, vi } from 'vitest';
import { type EventLoopMonitor, monitorEventLoop } from '../../src/telemetry/event-loop.ts';

let loop: EventLoopMonitor;

afterEach(() => {
  loop.close();
});

beforeEach(() => {
  loop = monitorEventLoop(1000);
});

/** Lets nothing else happen for so long. */
function holdUp(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('the event loop monitor reports the longest delay, and forgets it after two windows', async () => {
  await vi.waitUntil(() => loop.maxDelayMs() > 0, { interval: 5 });
  holdUp(300);
  await vi.waitUntil(() => loop.maxDelayMs() >= 250, { interval: 5 });
  await vi.waitUntil(() => loop.maxDelayMs() < 250, { interval: 20, timeout: 8000 });
});
