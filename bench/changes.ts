/**
 * Single changes, one after the other, as the API server's audit log has them: the requests of each, and how its time divides
 * between the API server and the operator.
 */
import { type AuditedRequest, OPERATOR_USER } from '../test/support/audit.ts';
import { isOfLease, isRead } from './cluster/audit-log.ts';

export type Change = {
  /** The write of the profile that starts the change. */
  readonly profile: AuditedRequest;
  /** The operator's requests until the next change, besides its lease. */
  readonly asked: readonly AuditedRequest[];
};

/** The changes of profiles in this namespace by anybody but the operator, oldest first. */
export function changesIn(requests: readonly AuditedRequest[], namespace: string): readonly Change[] {
  const inOrder = requests.toSorted((a, b) => a.at - b.at);
  const begins = inOrder.filter(
    (request) =>
      request.user !== OPERATOR_USER &&
      request.verb === 'patch' &&
      request.resource === 'dbpoolprofiles' &&
      request.namespace === namespace,
  );
  const asked = inOrder.filter((request) => request.user === OPERATOR_USER && !isOfLease(request));
  return begins.map((profile, index) => {
    const endAt = begins[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    return { profile, asked: asked.filter(({ at }) => at >= profile.at && at < endAt) };
  });
}

/** Milliseconds. */
export type Split = {
  /** In the API server: from a request to its answer. */
  readonly profile: number;
  readonly configMap: number;
  readonly template: number;
  /** In the operator, between them: watch event, reconcile, first request; then answer, second request. */
  readonly look: number;
  readonly between: number;
};

/** Undefined where the log lacks a write of the change. */
export function splitOf({ profile, asked }: Change): Split | undefined {
  const configMap = asked.find(
    (request) => isWrite(request) && request.resource === 'configmaps' && request.name?.startsWith(`${profile.name}-`),
  );
  const template = asked.find(
    (request) => isWrite(request) && request.resource === 'deployments' && request.name === profile.name,
  );
  if (configMap === undefined || template === undefined) return undefined;
  return {
    profile: profile.ms,
    look: gap(profile, configMap),
    configMap: configMap.ms,
    between: gap(configMap, template),
    template: template.ms,
  };
}

/** 0 where the two overlap: a watch may report a change before its writer has its answer. */
const gap = (before: AuditedRequest, after: AuditedRequest) => Math.max(0, after.at - (before.at + before.ms));

const isWrite = (request: AuditedRequest) => !isRead(request);

export type Writes = Readonly<Record<'configMap' | 'deployment' | 'status' | 'event' | 'other', number>>;

export function writesIn(asked: readonly AuditedRequest[]): Writes {
  const writes = asked.filter(isWrite);
  const of = (name: string) => writes.filter(({ resource }) => resource === name).length;
  const known = {
    configMap: of('configmaps'),
    deployment: of('deployments'),
    status: of('dbpoolprofiles/status'),
    event: of('events'),
  };
  return { ...known, other: writes.length - Object.values(known).reduce((sum, one) => sum + one, 0) };
}

/** Without watches: the log has the end of a watch that began earlier, which is no read of this change. */
export const readsIn = (asked: readonly AuditedRequest[]): number =>
  asked.filter(({ verb }) => verb === 'get' || verb === 'list').length;
