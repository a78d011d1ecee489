/** What was asked of the API server between two moments, from the API server's audit log. */
import { execute } from '../../test/runner/execute.ts';
import { AUDIT_LOG } from '../../test/bed/bed.ts';
import type { Run } from '../../test/runner/run.ts';
import { type AuditedRequest, OPERATOR_USER, requestsIn } from '../../test/support/audit.ts';

/** A place in the log: the file is renamed once it is large, so its inode says which it is. */
export type Mark = { readonly inode: string; readonly bytes: number };

export async function markAuditLog(run: Run, node: string): Promise<Mark> {
  const [inode = '', bytes = ''] = (await execute(run, ['docker', 'exec', node, 'stat', '-c', '%i %s', AUDIT_LOG]))
    .trim()
    .split(' ');
  return { inode, bytes: Number(bytes) };
}

/** Who the benchmark is to the API server: kind's administrator. */
export const BENCH_USER = 'kubernetes-admin';

/** All requests of these users since the mark, a watch when it ends. The API server writes each before it answers. */
export async function requestsSince(
  run: Run,
  node: string,
  { inode, bytes }: Mark,
  users: readonly string[] = [OPERATOR_USER],
): Promise<readonly AuditedRequest[]> {
  const folder = AUDIT_LOG.slice(0, AUDIT_LOG.lastIndexOf('/'));
  // Those that were put aside are called audit-TIME.log: they come before audit.log, oldest first.
  const script = `for file in ${folder}/audit*.log; do
    if [ "$(stat -c %i "$file")" = ${inode} ]; then tail -c +${bytes + 1} "$file"; begun=1
    elif [ -n "$begun" ]; then cat "$file"; fi
  done | grep -F ${users.map((user) => `-e '"username":"${user}"'`).join(' ')} || true`;
  return (await execute(run, ['docker', 'exec', node, 'sh', '-c', script])).split('\n').flatMap(requestsIn);
}

const READS = new Set(['get', 'list', 'watch']);

export const isRead = ({ verb }: AuditedRequest): boolean => READS.has(verb);
export const isOfLease = ({ resource }: AuditedRequest): boolean => resource === 'leases';

/** How many requests are so. */
export const count = (requests: readonly AuditedRequest[], isSo: (request: AuditedRequest) => boolean): number =>
  requests.filter(isSo).length;
