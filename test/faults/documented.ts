/** All that the operator asks of the API server, by the verbs of its roles: whatever else it asks is a defect. */
import type { AuditedRequest } from '../support/audit.ts';

/**
 * Where no `envFrom` is read, no probe has `podLabels`, no Job waits for its pod, and nothing is given back to its owner. Events may be of
 * earlier tests, whose namespaces are still there.
 */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  dbpoolprofiles: ['list', 'watch'],
  'dbpoolprofiles/status': ['patch'],
  deployments: ['list', 'watch', 'patch'],
  replicasets: ['list', 'watch'],
  configmaps: ['list', 'watch', 'get', 'create', 'patch', 'delete'],
  jobs: ['list', 'watch', 'create', 'delete'],
  pods: ['list', 'watch'],
  horizontalpodautoscalers: ['list', 'watch'],
  leases: ['get', 'create', 'update'],
  events: ['create'],
};

export const isDocumented = ({ verb, resource }: AuditedRequest): boolean =>
  DOCUMENTED[resource]?.includes(verb) === true;
