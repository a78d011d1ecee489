/** What must hold when the soak is over, judged by the API server: its objects and its audit log. */
import { RESOURCES } from '../../src/controller/watches.ts';
import type { Client } from '../../src/kube/client.ts';
import type { ConfigMap, Deployment } from '../../src/kube/types.ts';
import { isDocumented } from '../faults/documented.ts';
import type { KindNode } from '../faults/node.ts';
import { auditOf, type AuditedRequest, isTemplateWrite, isUnansweredTemplateWrite } from '../support/audit.ts';
import type { Memory } from './memory.ts';
import type { Shop } from './shop.ts';

export type Finding = { readonly title: string; readonly holds: boolean; readonly seen: string };

/** MiB by which a process may grow once it is warm: what a garbage collector leaves lying about. */
const MAY_GROW = 24;

/** What the operator's pods may have at most: their limit is 256 Mi. */
const MAY_HAVE = 200;

export type Evidence = {
  readonly shops: readonly Shop[];
  readonly memory: Memory;
  readonly client: Client;
  readonly node: KindNode;
  readonly user: string;
  /** Whether the API server died in between: what it did last, it did not write into its log. */
  readonly isLogWhole: boolean;
};

type Seen = {
  readonly shop: Shop;
  /** Writes of the template, by its generation. */
  readonly written: number;
  /** Writes of the template in the audit log, and those of which nobody was told what came of them. */
  readonly logged: number;
  readonly unanswered: number;
  /** What the template holds. */
  readonly runs: string | undefined;
};

export async function judge(evidence: Evidence, signal: AbortSignal): Promise<readonly Finding[]> {
  const { shops, client, node, user, isLogWhole, memory } = evidence;
  const seen: Seen[] = [];
  const others: AuditedRequest[] = [];
  for (const shop of shops) {
    const asked = await auditOf(node.run, node.name, user, [shop.namespace]);
    others.push(...asked.filter((request) => !isDocumented(request)));
    const api: Deployment | undefined = await client.get(RESOURCES.Deployment, shop.namespace, 'api', signal);
    const written = (api?.metadata?.generation ?? 1) - 1;
    const logged = asked.filter(isTemplateWrite).length;
    const unanswered = asked.filter(isUnansweredTemplateWrite).length;
    seen.push({ shop, written, logged, unanswered, runs: await maxOf(api, client, signal) });
  }
  others.push(...(await auditOf(node.run, node.name, user, ['"resource":"secrets"'])));
  const wrong = seen.filter(({ shop, written }) => written < shop.leastWrites || written > shop.changes);
  const sum = (of: (one: Seen) => number) => seen.reduce((total, one) => total + of(one), 0);
  return [
    {
      title: 'every profile is Ready with what was asked for last',
      ...all(seen, ({ shop }) => shop.isSettled),
    },
    { title: 'every template holds it', ...all(seen, ({ shop, runs }) => runs === String(shop.max)) },
    {
      title: 'one template write for each change',
      holds: wrong.length === 0,
      seen: `${sum(({ written }) => written)} for ${sum(({ shop }) => shop.changes)} changes, of which ${sum(({ shop }) => shop.changes - shop.leastWrites)} were overtaken at once`,
    },
    {
      title: 'as many in the audit log',
      // Whoever was killed in a write was not answered: it may be done. An API server that was has not logged it at all.
      holds: seen.every(
        ({ written, logged, unanswered }) => logged <= written && (written <= logged + unanswered || !isLogWhole),
      ),
      seen: `${sum(({ logged }) => logged)}, and ${sum(({ unanswered }) => unanswered)} that nobody was told of`,
    },
    {
      title: 'no Secret, and nothing else that is not documented, was asked for',
      holds: others.length === 0,
      seen: others.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`).join(', ') || 'nothing',
    },
    memoryIsFlat(memory),
  ];
}

function all<T extends { readonly shop: Shop }>(seen: readonly T[], holds: (one: T) => boolean) {
  const not = seen.filter((one) => !holds(one)).map(({ shop }) => shop.namespace);
  return {
    holds: not.length === 0,
    seen: `${seen.length - not.length} of ${seen.length}${not.length === 0 ? '' : `, not ${not.join(', ')}`}`,
  };
}

function memoryIsFlat({ longest, most, processes }: Memory): Finding {
  const growth = longest === undefined ? 0 : longest.last - longest.first;
  const lived =
    longest === undefined
      ? 'none lived for long'
      : `the longest lived ${longest.minutes.toFixed(1)} min: ${longest.first}, at the end ${longest.last} MiB`;
  return {
    title: 'memory is flat',
    holds: growth <= MAY_GROW && most <= MAY_HAVE && processes > 0,
    seen: `${processes} processes, none above ${most} MiB; ${lived}`,
  };
}

/** What the backend's template takes its DB_POOL_MAX from. */
async function maxOf(api: Deployment | undefined, client: Client, signal: AbortSignal): Promise<string | undefined> {
  const [, name] = /"configMapKeyRef":\{[^}]*"name":"([^"]+)"/.exec(JSON.stringify(api?.spec ?? {})) ?? [];
  if (name === undefined) return undefined;
  const namespace = api?.metadata?.namespace ?? '';
  const configMap: ConfigMap | undefined = await client.get(RESOURCES.ConfigMap, namespace, name, signal);
  return configMap?.data?.['DB_POOL_MAX'];
}
