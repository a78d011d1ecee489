/** What Node's timers do not take. Test clocks refuse it, so that no test passes with a time that fails in production. */
import { vi } from 'vitest';

/** 24.8 days. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Returns `ms`. Throws a RangeError where Node throws, or where its timer would not take as long: a fraction, a negative time,
 * NaN, or more than 24.8 days.
 */
export function takenByNode(ms: number): number {
  if (Number.isInteger(ms) && ms >= 0 && ms <= MAX_MS) return ms;
  throw new RangeError(`Node's timers do not take ${ms} ms`);
}

/** All of Vitest's fake timers. Their `setTimeout` refuses what Node's timers do not take. */
export function useFakeTimers(options?: { readonly now: number }): void {
  vi.useFakeTimers(options);
  const refuse: ProxyHandler<typeof setTimeout> = {
    apply: (target, self, [run, ms, ...rest]: Parameters<typeof setTimeout>) =>
      Reflect.apply(target, self, [run, takenByNode(ms ?? 0), ...rest]) as unknown,
  };
  globalThis.setTimeout = new Proxy(globalThis.setTimeout, refuse);
}
