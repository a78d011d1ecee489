/** The requests to the API server since a mark, from its audit log. */
import { execute } from '../../test/runner/execute.ts';
import { AUDIT_LOG } from '../../test/bed/bed.ts';
import type { Run } from '../../test/runner/run.ts';
import { type AuditedRequest, OPERATOR_USER, requestsIn } from '../../test/support/audit.ts';

/** A position in the log. The API server renames a large file, so the inode identifies it. */
export type Mark = { readonly inode: string; readonly bytes: number };

export async function markAuditLog(run: Run, node: string): Promise<Mark> {
  const [inode = '', bytes = ''] = (await execute(run, ['docker', 'exec', node, 'stat', '-c', '%i %s', AUDIT_LOG]))
    .trim()
    .split(' ');
  return { inode, bytes: Number(bytes) };
}

/** The user of the benchmark's own requests: kind's administrator. */
export const BENCH_USER = 'kubernetes-admin';

/** All requests of these users since the mark; a watch counts when it ends. The API server logs a request before it answers. */
export async function requestsSince(
  run: Run,
  node: string,
  { inode, bytes }: Mark,
  users: readonly string[] = [OPERATOR_USER],
): Promise<readonly AuditedRequest[]> {
  const folder = AUDIT_LOG.slice(0, AUDIT_LOG.lastIndexOf('/'));
  // Renamed files are called audit-TIME.log: the glob lists them before audit.log, oldest first.
  const script = `for file in ${folder}/audit*.log; do
    if [ "$(stat -c %i "$file")" = ${inode} ]; then tail -c +${bytes + 1} "$file"; begun=1
    elif [ -n "$begun" ]; then cat "$file"; fi
  done | grep -F ${users.map((user) => `-e '"username":"${user}"'`).join(' ')} || true`;
  return (await execute(run, ['docker', 'exec', node, 'sh', '-c', script])).split('\n').flatMap(requestsIn);
}

const READS = new Set(['get', 'list', 'watch']);

export const isRead = ({ verb }: AuditedRequest): boolean => READS.has(verb);
export const isOfLease = ({ resource }: AuditedRequest): boolean => resource === 'leases';

/** The number of requests that match. */
export const count = (requests: readonly AuditedRequest[], isSo: (request: AuditedRequest) => boolean): number =>
  requests.filter(isSo).length;
