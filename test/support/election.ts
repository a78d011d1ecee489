/** Replicas that stand for election on a clock of their own, and what the API server answers to them. */
import assert from 'node:assert/strict';
import { vi } from 'vitest';
import type { Lease } from '../../src/kube/types.ts';
import { timerMs } from '../../src/runtime/timers.ts';
import { hang } from './answers.ts';
import { type Answer, ApiServer, type Verb } from './api-server.ts';
import { FakeClock } from './fake-clock.ts';
import { ObjectStore } from './object-store.ts';
import { Replica, type ReplicaOptions } from './replica.ts';

export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/dbpool-system/leases';
export const LEASE = `${LEASES}/dbpool-operator`;

export class Election {
  readonly api: ApiServer;
  readonly store = new ObjectStore();
  readonly clock = new FakeClock();
  readonly replicas: Replica[] = [];
  /** Requests that the server has taken and will never answer. */
  hung = 0;

  private constructor(api: ApiServer) {
    this.api = api;
    api.otherwise = this.store.answer;
  }

  static async open(): Promise<Election> {
    return new Election(await ApiServer.start());
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.close();
    await this.api.close();
    // A request ends after its connection.
    await vi.waitUntil(() => this.hung === 0, { interval: 1 });
  }

  readonly start = (identity: string, rest: Pick<ReplicaOptions, 'skewMs' | 'random'> = {}): Replica => {
    const replica = new Replica({ api: this.api, clock: this.clock, identity, ...rest });
    this.replicas.push(replica);
    return replica;
  };

  /** Two replicas of which the first leads; the second reads the lease `phaseMs` after each renewal. */
  readonly leaderAndStandby = async ({ skewMs = 0, phaseMs = 0 } = {}) => {
    const leader = this.start('first');
    await this.pass(phaseMs);
    const standby = this.start('second', { skewMs });
    await this.pass(0);
    assert.deepEqual([leader.state, standby.state], ['leading', 'waiting']);
    return { leader, standby };
  };

  readonly isAtRest = () =>
    this.clock.pausing + this.hung === this.replicas.filter(({ isRunning }) => isRunning).length;

  readonly pass = (ms: number) => this.clock.advance(ms, this.isAtRest);

  /** How long it takes until the replica leads, in milliseconds; `mostMs` where it does not. */
  readonly msUntilLeading = (replica: Replica, mostMs = 30_000) =>
    this.clock.advance(mostMs, this.isAtRest, () => replica.state === 'leading');

  /** Answers so to a verb on the lease until `heal`. */
  readonly answers = (verb: Verb, answer: Answer) => this.api.on(verb, verb === 'POST' ? LEASES : LEASE, answer);
  readonly heal = (verb: Verb) => this.answers(verb, this.store.answer);

  readonly hanging: Answer = (exchange) => {
    this.hung += 1;
    exchange.response.once('close', () => (this.hung -= 1));
    void hang(exchange);
  };

  /** Answers as the store does, `ms` milliseconds later. A request that was given up by then is not carried out. */
  readonly late =
    (ms: number): Answer =>
    async (exchange) => {
      const gaveUp = new AbortController();
      exchange.response.once('close', () => gaveUp.abort());
      await this.clock.seenWith().pause(timerMs(ms), gaveUp.signal);
      if (!gaveUp.signal.aborted) await this.store.answer(exchange);
    };

  readonly lease = () => this.store.get(LEASE) as Lease | undefined;
  readonly holder = () => this.lease()?.spec?.holderIdentity;
  readonly leaders = () => this.replicas.filter(({ elector }) => elector.isLeader());
  readonly writes = () => this.api.requests.filter(({ verb }) => verb !== 'GET');
}
