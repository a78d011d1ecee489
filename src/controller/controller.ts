/** The parts of the controller, put together. A queue and its workers are not among them: only a leader has those. */
import type { Settings } from '../core/model/observed.ts';
import type { UnreadableObjectError } from '../kube/cache.ts';
import type { Client } from '../kube/client.ts';
import type { Namespaces } from '../kube/namespaces.ts';
import type { Result } from '../runtime/worker.ts';
import type { Log } from '../telemetry/log.ts';
import { Conflicts } from './act/conflicts.ts';
import { StatusRejections } from './act/status-rejections.ts';
import { StatusThrottle } from './act/status-throttle.ts';
import { DatabaseGroups } from './observe/database-groups.ts';
import { InFlight } from './observe/in-flight.ts';
import { ProbeSlots } from './observe/probe-slots.ts';
import { reconcile } from './reconcile.ts';
import { type Caches, createCaches } from './watch/caches.ts';

export type ControllerOptions = {
  readonly client: Client;
  readonly log: Log;
  readonly settings: Settings;
  readonly namespaces: Namespaces;
  /** Called with the key of each profile that has to be reconciled. */
  readonly enqueue: (key: string) => void;
  readonly onUnreadable: (error: UnreadableObjectError) => void;
};

export type Controller = {
  readonly caches: Caches;
  /** Something around this profile has changed. A key is "namespace/name". */
  readonly changed: (key: string) => void;
  /** Throws what a failed call threw. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Result>;
};

export function createController(options: ControllerOptions): Controller {
  const { client, log, settings, namespaces, enqueue, onUnreadable } = options;
  const changed = (key: string) => {
    enqueue(key);
    groups.markDirty(key);
    probeSlots.markDirty(key);
  };
  const now = () => Date.now();
  const caches = createCaches(namespaces, changed, onUnreadable);
  const inFlight = new InFlight();
  const groups = new DatabaseGroups({ caches, settings, now, inFlight, enqueue });
  const probeSlots = new ProbeSlots({ caches, settings, now, inFlight, enqueue });
  const deps = {
    client,
    caches,
    log,
    inFlight,
    groups,
    probeSlots,
    statusThrottle: new StatusThrottle(),
    statusRejections: new StatusRejections(),
    conflicts: new Conflicts(),
    settings,
    now,
  };
  return { caches, changed, reconcile: (key, signal) => reconcile(key, deps, signal) };
}
