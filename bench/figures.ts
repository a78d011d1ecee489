/** Every figure of the benchmark, by name: its description and unit. A run without one of them is incomplete. */

export const FIGURES = {
  latency: { says: 'one change: profile changed → ConfigMap there, pod template changed', unit: 'ms' },
  'latency.three': { says: 'one change by a plain client that writes the profile, too: three writes', unit: 'ms' },
  'latency.patch': { says: 'one bare patch of a pod template, for comparison', unit: 'ms' },
  'latency.reported': { says: 'one change: profile changed → Ready in the status', unit: 'ms' },
  'split.profile': { says: 'API server: profile written', unit: 'ms' },
  'split.look': { says: 'operator: watch event, reconcile, request', unit: 'ms' },
  'split.configMap': { says: 'API server: ConfigMap created', unit: 'ms' },
  'split.between': { says: 'operator: response, next request', unit: 'ms' },
  'split.template': { says: 'API server: pod template changed', unit: 'ms' },
  throughput: { says: 'changes at once: until all pod templates are changed and all statuses written', unit: 'ms' },
  'throughput.writes': { says: 'API writes of a change among many, until the last status', unit: 'requests' },
  'throughput.writes.status': { says: 'of these, statuses', unit: 'requests' },
  'writes.configMap': { says: 'API writes of a change: ConfigMap', unit: 'requests' },
  'writes.deployment': { says: 'API writes of a change: Deployment', unit: 'requests' },
  'writes.status': { says: 'API writes of a change: status', unit: 'requests' },
  'writes.event': { says: 'API writes of a change: Events', unit: 'requests' },
  'writes.other': { says: 'API writes of a change: anything else but the lease', unit: 'requests' },
  reads: { says: 'API reads of a change', unit: 'requests' },
  'endToEnd.writes.status': { says: 'status writes of a change with probe and rollout', unit: 'requests' },
  'cpu.changes': { says: 'CPU of 1,000 changes', unit: 's' },
  'idle.lease': { says: 'idle: API requests for the lease', unit: 'per minute' },
  'idle.others': { says: 'idle: API requests for anything else', unit: 'per minute' },
  'idle.cpu': { says: 'idle: CPU', unit: '% of a core' },
  memory: { says: 'idle: memory (RSS)', unit: 'MB' },
  'memory.own': { says: 'of it, not shared with other processes of the image', unit: 'MB' },
  'memory.empty': { says: 'memory of a Node process with an empty script (RSS)', unit: 'MB' },
  'memory.busy': { says: 'memory after the changes of this benchmark (RSS)', unit: 'MB' },
  'start.loaded': { says: 'start: process → program loaded', unit: 'ms' },
  'start.synced': { says: 'start: process → caches synced', unit: 'ms' },
  'start.deciding': { says: 'start: process → first decision', unit: 'ms' },
  'start.settled': { says: 'start: process → every profile reconciled', unit: 'ms' },
  'start.writes': { says: 'start: writes besides the lease, and in the 25 s after', unit: 'requests' },
  endToEnd: { says: 'end to end: profile changed → probed, 3 pods rolled, Ready', unit: 'ms' },
  'endToEnd.job': { says: 'an empty Job of the same image', unit: 'ms' },
  'endToEnd.rollout': { says: 'a bare rollout of 3 pods', unit: 'ms' },
  'endToEnd.before': { says: 'profile changed → probe Job there', unit: 'ms' },
  'endToEnd.between': { says: 'probe Job complete → pod template changed', unit: 'ms' },
  'endToEnd.after': { says: 'rollout complete → Ready', unit: 'ms' },
  'endToEnd.added': { says: 'the operator’s share: the three waits together', unit: 'ms' },
  probe: { says: 'probe: process → verdict', unit: 'ms' },
  'probe.load': { says: 'probe: Node and program loaded', unit: 'ms' },
  'probe.logon': { says: 'probe: name resolved, connected, logged on', unit: 'ms' },
  'probe.pool': { says: 'probe: pool filled, pinged and queried', unit: 'ms' },
  'probe.other': { says: 'probe: everything else, pool closed, process ended', unit: 'ms' },
  'image.size': { says: 'image over its base', unit: 'MB' },
  'image.start': { says: 'container of the image: start to end of an empty script', unit: 'ms' },
} as const satisfies Readonly<Record<string, { readonly says: string; readonly unit: string }>>;

export type FigureName = keyof typeof FIGURES;

/** The conditions of a measurement: profiles in the cluster, changes at once, `min` of the pool. */
export type Conditions = { readonly profiles?: number; readonly changes?: number; readonly min?: number };

export type Measurement = {
  readonly figure: FigureName;
  readonly at: Conditions;
  /** One for each repetition, in the unit of the figure. */
  readonly samples: readonly number[];
  /** Samples of the plain client, in the same minutes. */
  readonly baseline?: readonly number[];
};
