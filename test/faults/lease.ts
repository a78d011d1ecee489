/** Who holds a lease of the cluster for good: the operator's, or one of Kubernetes' own controllers'. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KindNode } from './node.ts';
import { ask, SYSTEM } from './operator-pods.ts';

export type LeaseName = { readonly namespace: string; readonly name: string };

export const OPERATOR_LEASE: LeaseName = { namespace: SYSTEM, name: 'dbpool-operator' };

/** Those that a rollout needs. After a time without the API server they end, and the kubelet starts them again after a pause. */
export const CONTROL_PLANE_LEASES: readonly LeaseName[] = [
  { namespace: 'kube-system', name: 'kube-controller-manager' },
  { namespace: 'kube-system', name: 'kube-scheduler' },
];

/** Renewals after which nobody's last write, sent before a fault and carried out after it, is taken for a sign of life. */
const RENEWALS = 2;

/** The kubelet's longest pause, and some. */
const PATIENCE_MS = 400_000;

type Written = { readonly holder: string; readonly at: string };

/** Whoever holds it: the process, not only its pod. */
export const holderOf = async (node: KindNode, lease: LeaseName): Promise<string> =>
  (await written(node, lease)).holder;

/** Waits until the same holder has renewed it a few times, and gives that. Throws an Error after some minutes. */
export async function steadyHolder(node: KindNode, lease: LeaseName): Promise<string> {
  const endAt = performance.now() + PATIENCE_MS;
  let last = await written(node, lease);
  let renewals = 0;
  while (renewals < RENEWALS) {
    if (performance.now() > endAt)
      throw new Error(`waited ${PATIENCE_MS / 1000} s for the lease ${lease.name} to be renewed`);
    await pause(500);
    const now = await written(node, lease);
    if (now.holder !== last.holder) renewals = 0;
    else if (now.at !== last.at) renewals += 1;
    last = now;
  }
  return last.holder;
}

async function written(node: KindNode, { namespace, name }: LeaseName): Promise<Written> {
  const fields = 'jsonpath={.spec.holderIdentity} {.spec.renewTime}';
  const [holder = '', at = ''] = (await ask(node, 'get', 'lease', '-n', namespace, name, '-o', fields)).split(' ');
  return { holder, at };
}
