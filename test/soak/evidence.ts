/** What the API server says at the end of the soak, by its objects and its audit log. */
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Client } from '../../src/kube/client.ts';
import type { ConfigMap, Deployment } from '../../src/kube/types.ts';
import type { KindNode } from '../faults/node.ts';
import { type AuditedRequest, auditOf, OPERATOR_USER } from '../support/audit.ts';
import type { ShopSeen } from './judge.ts';
import type { Shop } from './shop.ts';
import type { Span } from './span.ts';

/** The log of hours does not fit into one text: it is read by what its times have in common, `2026-01-01T21:0`. */
const PIECE_MS = 600_000;

export async function requestsOfOperator(
  { run, name }: KindNode,
  { from, to }: Span,
): Promise<readonly AuditedRequest[]> {
  const all: AuditedRequest[] = [];
  for (let at = Math.floor(from / PIECE_MS) * PIECE_MS; at <= to; at += PIECE_MS) {
    const word = `"requestReceivedTimestamp":"${new Date(at).toISOString().slice(0, 15)}`;
    all.push(...(await auditOf(run, name, OPERATOR_USER, [word])));
  }
  return all.filter(({ at }) => at >= from);
}

export async function lookAt(shop: Shop, client: Client, signal: AbortSignal): Promise<ShopSeen> {
  const { namespace, max, isSettled } = shop;
  const api: Deployment | undefined = await client.get(RESOURCES.Deployment, namespace, 'api', signal);
  const written = (api?.metadata?.generation ?? 1) - 1;
  return { namespace, max, isReady: isSettled, runs: await maxOf(api, client, signal), written };
}

/** What the backend's template takes its DB_POOL_MAX from. */
async function maxOf(api: Deployment | undefined, client: Client, signal: AbortSignal): Promise<string | undefined> {
  const [, name] = /"configMapKeyRef":\{[^}]*"name":"([^"]+)"/.exec(JSON.stringify(api?.spec ?? {})) ?? [];
  if (name === undefined) return undefined;
  const namespace = api?.metadata?.namespace ?? '';
  const configMap: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
  return configMap?.data?.['DB_POOL_MAX'];
}
