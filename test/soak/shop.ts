/** One backend of the soak and its profile: it is asked for other numbers again and again, and what comes of it is counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { RESOURCES } from '../../src/controller/watches.ts';
import type { Client, WritableObject } from '../../src/kube/client.ts';
import { ApiError, NoAnswerError } from '../../src/kube/errors.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';
import type { Random } from './random.ts';
import type { Seen } from './seen.ts';

const RETRY_MS = 1000;
const LOOK_MS = 250;

/** Of a hundred changes, those that are overtaken by another before anybody can have carried them out. */
const HASTY_PERCENT = 15;

const SERVES = `require('node:http').createServer((_, answer) => answer.end()).listen(8080);
process.on('SIGTERM', () => process.exit());`;

export class Shop {
  readonly namespace: string;
  /** What it was asked for last. */
  max = 0;
  /** How often it was asked for other numbers than before. */
  changes = 0;
  /** Writes of its template that these changes need: one each, but one that is overtaken at once may need none. */
  leastWrites = 0;
  /** How long each took until it was Ready, in milliseconds. */
  readonly took: number[] = [];
  /** The generation of the spec as it was asked for last. */
  #generation = 0;
  readonly #client: Client;
  readonly #random: Random;
  readonly #seen: Seen;

  constructor(namespace: string, client: Client, random: Random, seen: Seen) {
    this.namespace = namespace;
    this.#client = client;
    this.#random = random;
    this.#seen = seen;
  }

  /** Makes the namespace and the backend, of `replicas` pods of this image. */
  async open(image: string, replicas: number, signal: AbortSignal): Promise<void> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } };
    await this.#client.json(
      {
        method: 'PATCH',
        path: `/api/v1/namespaces/${this.namespace}`,
        query: { fieldManager: 'soak' },
        body: namespace,
        contentType: 'application/apply-patch+yaml',
      },
      signal,
    );
    await this.#apply(RESOURCES.Deployment, backend(this.namespace, image, replicas), signal);
  }

  /** Asks for other numbers and waits for them, over and over, until `isOver`. */
  async keepChanging(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isOver()) {
      const before = this.max;
      await this.#change(signal);
      if (this.#random.percent(HASTY_PERCENT)) await this.#change(signal);
      if (this.max !== before) this.leastWrites += 1;
      const from = performance.now();
      while (!this.isSettled && !isOver()) await pause(LOOK_MS, undefined, { signal });
      if (this.isSettled) this.took.push(performance.now() - from);
      await pause(this.#random.between(500, 10_000), undefined, { signal });
    }
  }

  /** Whether the profile says of its newest spec that the backend runs with the numbers that were asked for last. */
  get isSettled(): boolean {
    const profile = this.#seen.profiles.get(this.namespace);
    return profile !== undefined && profile.generation >= this.#generation && profile.readyMax === this.max;
  }

  /** Few numbers, so that former ones come again. */
  async #change(signal: AbortSignal): Promise<void> {
    this.max = this.#random.one([20, 21, 22, 23, 24].filter((max) => max !== this.max));
    this.changes += 1;
    const { metadata } = await this.#apply(RESOURCES.DbPoolProfile, profile(this.namespace, this.max), signal);
    this.#generation = metadata?.generation ?? 0;
  }

  /** Until it is done: the API server may be away, and whoever got no answer does not know. */
  async #apply(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    for (;;) {
      try {
        return await this.#client.apply(resource, object, signal, undefined, true);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof NoAnswerError || (error instanceof ApiError && !error.isRefusal))) throw error;
        await pause(RETRY_MS, undefined, { signal });
      }
    }
  }
}

const profile = (namespace: string, max: number) => ({
  apiVersion: RESOURCES.DbPoolProfile.apiVersion,
  kind: RESOURCES.DbPoolProfile.kind,
  metadata: { namespace, name: 'pool' },
  spec: {
    targetRef: { name: 'api' },
    pool: { max },
    probe: { policy: 'Disabled' },
    rollout: { observeSeconds: 0 },
  },
});

const backend = (namespace: string, image: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name: 'api' },
  spec: {
    replicas,
    revisionHistoryLimit: 2,
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'app',
            image,
            command: ['node', '-e', SERVES],
            readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});
