/**
 * One fault after the other. No fault comes before every profile has taken a change that was asked for after the last one:
 * the next would start processes anew, which list everything, and hide what the last one lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, FAULTS } from '../faults/faults.ts';
import { CONTROL_PLANE_LEASES, holderOf, OPERATOR_LEASE, steadyHolder } from '../faults/lease.ts';
import type { KindNode } from '../faults/node.ts';
import { allWell, answers } from '../faults/operator-pods.ts';
import type { FaultSeen, Quiet } from './fault-seen.ts';
import { killAtWrite } from './kill-at-write.ts';
import type { Random } from './random.ts';
import type { Shop } from './shop.ts';

/** Longer than two changes in a row may take, with their probes. */
const QUIET_MS = 240_000;

export type RoundsOptions = {
  readonly node: KindNode;
  readonly shops: readonly Shop[];
  readonly draw: Random;
  /** Asked before each fault. */
  readonly isOver: () => boolean;
  readonly signal: AbortSignal;
};

type SoakFault = Pick<Fault, 'title' | 'breaksLog'> & {
  /** Resolves once it is taken back, with the time at which it began; undefined where there was no occasion for it. */
  readonly inject: (ms: number) => Promise<number | undefined>;
};

export class Rounds {
  readonly faults: FaultSeen[] = [];
  readonly quiets: Quiet[] = [];
  readonly #options: RoundsOptions;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Until `isOver`, and the quiet after the last fault. */
  async run(): Promise<void> {
    const { draw, isOver, signal } = this.#options;
    let left: readonly SoakFault[] = [];
    for (;;) {
      await pause(draw.between(1000, 8000), undefined, { signal });
      if (isOver()) return;
      // Each once, in any order, before any comes again.
      if (left.length === 0) left = this.#all();
      const fault = draw.one(left);
      left = left.filter((other) => other !== fault);
      await this.#round(fault);
    }
  }

  #all(): readonly SoakFault[] {
    const { node, shops, draw } = this.#options;
    const outside = Object.values<Fault>(FAULTS).map((fault) => ({
      ...fault,
      inject: async (ms: number) => {
        const from = Date.now();
        await fault.inject(node, ms);
        return from;
      },
    }));
    const atWrite = {
      title: 'leader killed (kill -9) at one of its writes',
      inject: () => killAtWrite(node, draw.one(shops).namespace, draw),
    };
    return [...outside, atWrite];
  }

  async #round({ title, breaksLog = false, inject }: SoakFault): Promise<void> {
    const { node, draw } = this.#options;
    const ms = draw.between(2000, 20_000);
    const from = await inject(ms);
    await answers(node);
    // Not the operator's: without them no rollout gets on.
    if (breaksLog) await Promise.all(CONTROL_PLANE_LEASES.map((lease) => steadyHolder(node, lease)));
    const to = Date.now();
    node.run.log.write(`== fault: ${title}${from === undefined ? ': no occasion' : `, over after ${to - from} ms`}`);
    if (from === undefined) return;
    this.faults.push({ title, breaksLog, from, to });
    await allWell(node);
    await this.#quiet(title);
  }

  async #quiet(after: string): Promise<void> {
    const { node, shops, signal } = this.#options;
    const holder = await steadyHolder(node, OPERATOR_LEASE);
    const from = Date.now();
    const missing = () => shops.filter((shop) => !shop.hasSettledSince(from)).map(({ namespace }) => namespace);
    while (missing().length > 0 && Date.now() < from + QUIET_MS) await pause(250, undefined, { signal });
    const isOneLeader = (await holderOf(node, OPERATOR_LEASE)) === holder;
    this.quiets.push({ after, from, to: Date.now(), missing: missing(), isOneLeader });
  }
}
