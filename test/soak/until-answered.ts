/** Requests to an API server that may be away. */
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, TransportError } from '../../src/kube/errors.ts';

const RETRY_MS = 1000;

/** Whoever got no answer does not know, and asks again. An API server that has just started forbids what it will allow. */
export async function untilAnswered<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransportError || (error instanceof ApiError && isForNow(error)))) throw error;
      await pause(RETRY_MS, undefined, { signal });
    }
  }
}

const isForNow = (error: ApiError) => !error.isRejection || error.code === 403;
