/** The operator as main.ts puts it together, without its process: against the API server of the tests, to its rest. */
import { vi } from 'vitest';
import { type Controller, createController } from '../../src/controller/controller.ts';
import { enqueueListed } from '../../src/controller/watch/caches.ts';
import { runWatches, type Scope } from '../../src/controller/watch/watch.ts';
import { FIELD_MANAGER } from '../../src/core/model/naming.ts';
import { Client } from '../../src/kube/client.ts';
import { retryAfterMs } from '../../src/kube/errors.ts';
import { WorkQueue } from '../../src/runtime/queue.ts';
import { type Outcome, type Result, runWorkers } from '../../src/runtime/worker.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { SETTINGS } from '../core/builders.ts';
import type { ApiServer } from './api-server.ts';
import type { ObjectStore } from './object-store.ts';

export const EVERYTHING: Scope = { namespaces: undefined, profileSelector: undefined };

export class Operator implements AsyncDisposable {
  /** The outcome of each reconcile, oldest first. */
  readonly outcomes: { readonly key: string; readonly outcome: Outcome }[] = [];
  /** What could not be read, and what went wrong with lists and watches. */
  readonly errors: unknown[] = [];
  readonly #api: ApiServer;
  readonly #store: ObjectStore;
  readonly #client: Client;
  readonly #queue = new WorkQueue({ backoff: { firstMs: 1, maxMs: 1 } });
  readonly #controller: Controller;
  readonly #stop = new AbortController();
  readonly #failing = new Set<string>();
  #inHand = 0;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(api: ApiServer, store: ObjectStore, { namespaces }: Scope) {
    this.#api = api;
    this.#store = store;
    this.#client = new Client(api.kubeConfig(), FIELD_MANAGER);
    this.#controller = createController({
      client: this.#client,
      log: createLog('silent'),
      settings: SETTINGS,
      namespaces,
      enqueue: (key) => this.#queue.add(key),
      onUnreadable: (error) => this.errors.push(error),
    });
  }

  /** Resolves once the caches of one namespace are synced. */
  static async start(api: ApiServer, store: ObjectStore, scope: Scope = EVERYTHING): Promise<Operator> {
    const operator = new Operator(api, store, scope);
    const watching = runWatches(
      operator.#client,
      { caches: operator.#controller.caches, scope },
      operator.#stop.signal,
      (_, { error }) => operator.errors.push(error),
    );
    await Promise.race(enqueueListed(operator.#controller.caches, scope.namespaces, operator.#controller.changed));
    operator.#running = Promise.all([watching, operator.#work()]);
    return operator;
  }

  /** Resolves once all that the store holds is seen and nothing more comes of it: no key waits, is in hand or has failed. */
  async atRest(): Promise<void> {
    const feeds = Object.values(this.#controller.caches).flatMap(({ syncState }) => syncState.all);
    const { unread } = this.#controller.caches.deployments;
    const isIdle = () => this.#queue.length === 0 && this.#inHand === 0 && this.#failing.size === 0 && unread.isEmpty;
    let before: number;
    do {
      before = this.#api.requests.length;
      await until(() => {
        this.#store.bookmark();
        return isIdle() && feeds.every(({ version }) => version === '' || version === this.#store.version);
      });
    } while (this.#api.requests.length > before);
  }

  /** Has the profile looked at once more, for no reason. */
  async lookAgain(key: string): Promise<void> {
    const before = this.outcomes.length;
    this.#queue.add(key);
    await until(() => this.outcomes.length > before);
    await this.atRest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.close();
    this.#stop.abort();
    await this.#running;
    this.#client.close();
  }

  #work(): Promise<void> {
    return runWorkers({
      queue: this.#queue,
      concurrency: 4,
      deadlineMs: 5000,
      retryAfterMs,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      onOutcome: (key, outcome) => {
        this.outcomes.push({ key, outcome });
        if (outcome.kind === 'success') this.#failing.delete(key);
        else this.#failing.add(key);
      },
    });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    this.#inHand += 1;
    try {
      return await this.#controller.reconcile(key, signal);
    } finally {
      this.#inHand -= 1;
    }
  }
}

const until = (isMet: () => boolean) => vi.waitUntil(isMet, { interval: 1, timeout: 5000 });
