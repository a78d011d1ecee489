/**
 * The Deployments that profiles name and no cache has read: of a Deployment that no profile names nothing is kept, so that its event may
 * have passed by the time when a profile first names it. Each is read by a list of its name, one at a time in each namespace: many
 * in one namespace keep no other waiting. The first list of Deployments comes after that of profiles, so that none of those is read apart.
 */
import type { Client } from '../../kube/client.ts';
import { CLOCK } from '../../kube/clock.ts';
import { retryAfterMs } from '../../kube/errors.ts';
import { listPage } from '../../kube/list.ts';
import { collectionPath } from '../../kube/paths.ts';
import type { ReflectorEvent } from '../../kube/reflector.ts';
import { type Backoff, backoffMs } from '../../runtime/backoff.ts';
import { timerMs } from '../../runtime/timers.ts';
import type { DeploymentCache } from './deployment-cache.ts';
import { RESOURCES } from './resources.ts';

/** A name that a Deployment can have. A list of any other is an error each time. */
const DEPLOYMENT_NAME = /^[a-z0-9.-]{1,253}$/;

export class Unread {
  readonly #names = new Map<string, Set<string>>();
  #onAdded: (namespace: string) => void = () => undefined;

  has(namespace: string, name: string): boolean {
    return this.#names.get(namespace)?.has(name) ?? false;
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  add(namespace: string, name: string): void {
    if (!DEPLOYMENT_NAME.test(name)) return;
    const names = this.#names.get(namespace) ?? new Set();
    this.#names.set(namespace, names.add(name));
    this.#onAdded(namespace);
  }

  delete(namespace: string, name: string): void {
    const names = this.#names.get(namespace);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(namespace);
  }

  /** The name that has waited longest; undefined where none waits. */
  next(namespace: string): string | undefined {
    return this.#names.get(namespace)?.values().next().value;
  }

  /** Calls `listener` with the namespace of each name that waits, and of each that is added. */
  onAdded(listener: (namespace: string) => void): void {
    this.#onAdded = listener;
    for (const namespace of this.#names.keys()) listener(namespace);
  }
}

export type OnReadError = (path: string, error: Extract<ReflectorEvent, { kind: 'error' }>) => void;

const BACKOFF: Backoff = { firstMs: 800, maxMs: 30_000 };

/** Reads what is unread until the signal is aborted; `onError` is called with each failed list, which is then retried. */
export async function readUnread(
  client: Client,
  deployments: DeploymentCache,
  signal: AbortSignal,
  onError: OnReadError,
): Promise<void> {
  const { unread } = deployments;
  const reading = new Map<string, Promise<void>>();
  const read = async (namespace: string, name: string) => {
    const query = { fieldSelector: `metadata.name=${name}` };
    const path = collectionPath(RESOURCES.Deployment, namespace);
    const { items, version } = await listPage(client, { path, query }, signal);
    const found = items.filter(({ metadata }) => metadata.name === name);
    const before = deployments.get(namespace, name);
    if (!deployments.recordList(found, version, namespace)) return;
    unread.delete(namespace, name);
    // A change that the cache has reported is known already.
    if (deployments.get(namespace, name) === before) deployments.onRead(namespace, name);
  };
  const readAll = async (namespace: string) => {
    let failures = 0;
    for (let name = unread.next(namespace); name !== undefined; name = unread.next(namespace)) {
      if (signal.aborted) break;
      try {
        await read(namespace, name);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        const retryInMs = Math.max(retryAfterMs(error), backoffMs(failures, BACKOFF, Math.random()));
        onError(collectionPath(RESOURCES.Deployment, namespace), { kind: 'error', error, retryInMs });
        await CLOCK.pause(timerMs(retryInMs), signal);
      }
    }
    reading.delete(namespace);
  };
  unread.onAdded((namespace) => {
    if (!reading.has(namespace)) reading.set(namespace, readAll(namespace));
  });
  await untilAborted(signal);
  await Promise.all(reading.values());
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
