/** The leader ends at one of its writes in a shop: before it is sent, or once it is and nobody is there to be answered. */
import { setTimeout as pause } from 'node:timers/promises';
import { arm, disarm, isArmed } from '../faults/failpoints.ts';
import type { KindNode } from '../faults/node.ts';
import { leader } from '../faults/operator-pods.ts';
import type { Random } from './random.ts';

/** A change has about as many writes. */
const MOST_WRITES = 10;

/** A shop makes a few changes in this time. */
const PATIENCE_MS = 40_000;

/** Resolves with the time at which it still lived, just before that; undefined where there was no such write in time. */
export async function killAtWrite(node: KindNode, namespace: string, draw: Random): Promise<number | undefined> {
  const pod = await leader(node);
  const left = draw.between(1, MOST_WRITES);
  await arm(node, pod, { namespace, signal: 'SIGKILL', at: draw.one(['before', 'sent'] as const), left });
  const endAt = Date.now() + PATIENCE_MS;
  for (let at = Date.now(); at < endAt; at = Date.now()) {
    await pause(250);
    if (!(await isArmed(node, pod))) return at;
  }
  await disarm(node, pod);
  return undefined;
}
