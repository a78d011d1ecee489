/** What the API server says at the end of the soak, by its objects and its audit log. */
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Client } from '../../src/kube/client.ts';
import { toRfc3339 } from '../../src/core/model/time.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import type { ConfigMap, Deployment, Pod } from '../../src/kube/types.ts';
import type { KindNode } from '../faults/node.ts';
import { ask, OPERATOR_LABEL, SYSTEM } from '../faults/operator-pods.ts';
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
  const written = (api?.metadata?.generation ?? 1) - 1 - shop.writtenByOthers;
  const path = collectionPath(RESOURCES.Pod, namespace);
  const call = { method: 'GET', path, query: { labelSelector: 'app=api' } } as const;
  const { items } = await client.request<{ readonly items: readonly Pod[] }>(call, signal);
  const strays = straysOf(items, configMapIn(api?.spec?.template));
  return { namespace, max, isReady: isSettled, runs: await maxOf(api, client, signal), written, strays };
}

/** Names of the pods that run, and take their settings from another ConfigMap than the template, or from none. */
export const straysOf = (pods: readonly Pod[], configMap: string | undefined): readonly string[] =>
  pods
    .filter(({ metadata, status }) => metadata?.deletionTimestamp === undefined && !ENDED.includes(status?.phase ?? ''))
    .filter((pod) => configMapIn(pod.spec) !== configMap)
    .map(({ metadata }) => metadata?.name ?? '');

const ENDED: readonly string[] = ['Failed', 'Succeeded'];

/** What the operator logged as an error since a time, in milliseconds since the epoch. */
export const errorsSince = async (node: KindNode, from: number): Promise<readonly string[]> =>
  errorsIn(await ask(node, 'logs', '-n', SYSTEM, '-l', OPERATOR_LABEL, '--tail=-1', `--since-time=${toRfc3339(from)}`));

/** Lines of a log that are errors. What is no JSON is not the operator's. */
export const errorsIn = (log: string): readonly string[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .filter((line) => ['error', 'fatal'].includes((JSON.parse(line) as { level: string }).level));

/** What the backend's template takes its DB_POOL_MAX from. */
async function maxOf(api: Deployment | undefined, client: Client, signal: AbortSignal): Promise<string | undefined> {
  const name = configMapIn(api?.spec?.template);
  if (name === undefined) return undefined;
  const namespace = api?.metadata?.namespace ?? '';
  const configMap: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
  return configMap?.data?.['DB_POOL_MAX'];
}

/** Name of the ConfigMap in a pod or its template; undefined where it refers to none. */
const configMapIn = (pod: object | undefined): string | undefined =>
  /"configMapKeyRef":\{[^}]*"name":"([^"]+)"/.exec(JSON.stringify(pod ?? {}))?.[1];
