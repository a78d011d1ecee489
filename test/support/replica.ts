/** One process that stands for election: it leads until the lease is lost, and says which. It does nothing else. */
import { Client } from '../../src/kube/client.ts';
import { Elector } from '../../src/kube/lease.ts';
import type { ApiServer } from './api-server.ts';
import type { FakeClock } from './fake-clock.ts';

export type ReplicaOptions = {
  readonly api: ApiServer;
  readonly identity: string;
  /** Node's own by default. */
  readonly clock?: FakeClock;
  /** By how much its wall clock is wrong, where there is a clock. */
  readonly skewMs?: number;
  /** From 0 to 1, for the pauses between its attempts: 1 by default, the longest. */
  readonly random?: () => number;
};

export class Replica {
  readonly elector: Elector;
  readonly errors: string[] = [];
  readonly #client: Client;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  state: 'waiting' | 'leading' | 'lost' | 'stopped' = 'waiting';

  constructor({ api, clock, identity, skewMs, random = () => 1 }: ReplicaOptions) {
    this.#client = new Client(api.kubeConfig(), 'test-manager');
    this.elector = new Elector({
      client: this.#client,
      namespace: 'dbpool-system',
      name: 'dbpool-operator',
      identity,
      ...(clock !== undefined && { clock: clock.seenWith(skewMs) }),
      random,
      onError: (error) => this.errors.push((error as Error).message),
    });
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    if (await this.elector.acquire(this.#stop.signal)) {
      this.state = 'leading';
      this.state = await this.elector.renew(this.#stop.signal);
    } else {
      this.state = 'stopped';
    }
  }

  get isRunning(): boolean {
    return this.state === 'waiting' || this.state === 'leading';
  }

  /** As by SIGKILL: nothing is said to anybody. */
  async crash(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async stop(): Promise<void> {
    await this.crash();
    await this.elector.release();
  }

  async close(): Promise<void> {
    await this.crash();
    this.#client.close();
  }
}
