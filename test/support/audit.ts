/**
 * The API server's audit log, read in the node of a kind cluster: who asked for what, when, and what was answered. It is
 * the judge of how many requests are made, and that no others are. What a request costs and what it held is not in it.
 */
import { AUDIT_LOG } from '../bed/bed.ts';
import { attempt, ExecuteError } from '../runner/execute.ts';
import type { Run } from '../runner/run.ts';

/** Who the operator is to the API server. */
export const OPERATOR_USER = 'system:serviceaccount:dbpool-system:dbpool-operator';

export type AuditedRequest = {
  /** Milliseconds since the epoch when it came in. */
  readonly at: number;
  /** Milliseconds until its answer was complete; those of a watch, until it ended. */
  readonly ms: number;
  readonly user: string;
  /** The pod that the user's token was made for; undefined where it is no service account. */
  readonly pod: string | undefined;
  /** Kubernetes' own: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** `deployments`, `dbpoolprofiles/status`; empty where the path is none of a resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** HTTP status; 0 where the server ended before it answered. */
  readonly code: number;
};

type Entry = {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: Readonly<Partial<Record<'resource' | 'subresource' | 'namespace' | 'name', string>>>;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
};

/**
 * All requests of this user, oldest first, each once it is answered. The log is written before the answer is sent. With
 * `words`, only those whose entry holds each of them: a long log is searched in the node, and little of it read here.
 */
export async function auditOf(
  run: Run,
  node: string,
  user: string,
  words: readonly string[] = [],
): Promise<readonly AuditedRequest[]> {
  // Its older parts, if it has grown large, lie beside it under other names.
  const parts = `${AUDIT_LOG.replace(/\.log$/, '')}*.log`;
  const search = [`"username":"${user}"`, ...words].map((word) => `grep -F '${word}'`);
  const script = `cat ${parts} | ${search.join(' | ')}`;
  const { exitCode, stdout, stderr } = await attempt(run, ['docker', 'exec', node, 'sh', '-c', script]);
  // Grep ends with 1 where it finds nothing.
  if (exitCode > 1) throw new ExecuteError(script, `ended with ${exitCode}`, stderr);
  return stdout
    .split('\n')
    .flatMap(requestsIn)
    .filter((request) => request.user === user)
    .toSorted((a, b) => a.at - b.at);
}

/** The request that a line of the log is the end of; none where it tells of a watch that only begins. */
export function requestsIn(line: string): readonly AuditedRequest[] {
  if (line === '') return [];
  const entry = JSON.parse(line) as Entry;
  return entry.stage === 'ResponseStarted' ? [] : [requestOf(entry)];
}

function requestOf({ verb, user, objectRef, responseStatus, requestReceivedTimestamp, stageTimestamp }: Entry) {
  const { resource = '', subresource, namespace, name } = objectRef ?? {};
  const at = millisecondsOf(requestReceivedTimestamp);
  return {
    at,
    ms: millisecondsOf(stageTimestamp) - at,
    user: user.username ?? '',
    pod: user.extra?.['authentication.kubernetes.io/pod-name']?.[0],
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    code: responseStatus?.code ?? 0,
  } satisfies AuditedRequest;
}

/** The log has microseconds, of which `Date` keeps none. */
const millisecondsOf = (time: string) => Date.parse(time) + Number(`0.${/\.\d{3}(\d+)/.exec(time)?.[1] ?? 0}`);

/** How often each occurs, by what `nameOf` calls them, the most frequent first. */
export function countBy(
  requests: readonly AuditedRequest[],
  nameOf: (request: AuditedRequest) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of requests.map(nameOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].toSorted(([, a], [, b]) => b - a));
}

/** Whether a request was a write of a backend's pod template that the API server took. */
export const isTemplateWrite = (request: AuditedRequest) => isOfTemplate(request) && request.code === 200;

/** Whether a request was one of which nobody was told what came of it: who sent it died, or the server did. It may be done. */
export const isUnansweredTemplateWrite = (request: AuditedRequest) =>
  isOfTemplate(request) && (request.code === 0 || request.code >= 500);

const isOfTemplate = ({ verb, resource }: AuditedRequest) => verb === 'patch' && resource === 'deployments';
