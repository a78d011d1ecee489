/** Whole objects in the API server's audit log: of one namespace and our own kinds only, see test/bed/kind/audit-policy.yaml. */
import { AUDIT_LOG } from '../bed/bed.ts';
import { execute } from '../runner/execute.ts';
import type { Run } from '../runner/run.ts';
import { requestsIn } from './audit.ts';

/** An object as a write left it. */
export type AuditedObject = {
  /** Milliseconds since the epoch when the write came in. */
  readonly at: number;
  /** `deployments`, `dbpoolprofiles/status`. */
  readonly resource: string;
  readonly object: object;
};

type Entry = { readonly level: string; readonly verb: string; readonly responseObject?: object };

/** What was written in the namespace with success, in the order in which the API server wrote it. */
export async function auditedObjects(run: Run, node: string, namespace: string): Promise<readonly AuditedObject[]> {
  const parts = `${AUDIT_LOG.replace(/\.log$/, '')}*.log`;
  const script = `cat ${parts} | grep -F '"level":"RequestResponse"' | grep -F '"namespace":"${namespace}"'`;
  const text = await execute(run, ['docker', 'exec', node, 'sh', '-c', script]);
  return text
    .split('\n')
    .flatMap(objectsIn)
    .toSorted((a, b) => versionOf(a) - versionOf(b));
}

/** The object of a line of the log; none where its write was refused, or was a deletion. */
export function objectsIn(line: string): readonly AuditedObject[] {
  return requestsIn(line).flatMap(({ at, resource, code, verb }) => {
    const { responseObject: object } = JSON.parse(line) as Entry;
    return object === undefined || code >= 300 || verb === 'delete' ? [] : [{ at, resource, object }];
  });
}

/** etcd's revision: it orders the writes of all kinds. */
const versionOf = ({ object }: AuditedObject) =>
  Number((object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion);
