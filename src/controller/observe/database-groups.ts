/**
 * Which profiles share the sessions of a database, as the caches have it. What a backend holds is worked out once for each
 * change of it, and the profiles that share its database are enqueued then: one of them may wait for it.
 */
import { nextDeadlineInMs } from '../../core/backend/rollout-state.ts';
import { type Group, groupsOf, linkKeys } from '../../core/budget/group.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';
import type { EnvFromData, ObservedBackend } from '../../core/model/observed.ts';
import { idOf, type BackendUsage, type ObservedBudget } from '../../core/model/usage.ts';
import { backendUsage, usageWhileRollingTo } from '../../core/usage/backend-usage.ts';
import { type BackendSources, observeBackend } from './backend.ts';
import { DirtyKeys } from './dirty-keys.ts';
import type { InFlight } from './in-flight.ts';

export type DatabaseGroupsOptions = BackendSources & {
  readonly inFlight: InFlight;
  /** Called with the key of each profile that has to be reconciled. */
  readonly enqueue: (key: string) => void;
};

type Entry = { readonly usage: BackendUsage; readonly linkKeys: readonly string[] };

/** What a change of a profile makes of its entry. */
type Change = { readonly key: string; readonly entry: Entry | undefined };

/** Keys are "namespace/name" of profiles. */
export class DatabaseGroups {
  readonly #options: DatabaseGroupsOptions;
  readonly #entries = new Map<string, Entry>();
  /** Keys of profiles by a link key: two profiles of one group are linked by such keys, directly or through others. */
  readonly #linked = new Map<string, Set<string>>();
  /** What was read last of a backend's `envFrom`: no cache has it. */
  readonly #envFromData = new Map<string, readonly EnvFromData[]>();
  /** When a rollout in progress becomes stuck unless it makes progress, in milliseconds since the epoch. */
  readonly #deadlines = new Map<string, number>();
  /** Profiles whose entry may be out of date. */
  readonly #dirty = new DirtyKeys(() => this.#catchUp());
  /** By the key of each member, the groups that were asked for since they last changed. */
  readonly #groups = new Map<string, Group>();

  constructor(options: DatabaseGroupsOptions) {
    this.#options = options;
    options.inFlight.onSettled((key) => this.#enqueue(this.#linkedWith([key]).filter((usage) => idOf(usage) !== key)));
  }

  /** Something around this profile has changed. */
  markDirty(key: string): void {
    this.#dirty.mark(key);
  }

  /** What the `envFrom` of this profile's backend holds; undefined where it does not matter. */
  setEnvFromData(key: string, data: readonly EnvFromData[] | undefined): void {
    if (isDeepEqualJson(data, this.#envFromData.get(key))) return;
    if (data === undefined) this.#envFromData.delete(key);
    else this.#envFromData.set(key, data);
    this.markDirty(key);
  }

  /** Who shares the database of this profile. The profile itself is reconciled when the deadline of its rollout passes. */
  groupOf(key: string): ObservedBudget {
    if (this.#options.now() >= (this.#deadlines.get(key) ?? Infinity)) this.markDirty(key);
    this.#catchUp();
    const { name = key, members = [], limit } = this.#groups.get(key) ?? this.#findGroup(key) ?? {};
    return { group: name, members: this.#withRolloutsInFlight(members), limit };
  }

  #findGroup(key: string): Group | undefined {
    for (const group of groupsOf(this.#linkedWith([key]), this.#options.settings.crossNamespaceGroups))
      for (const usage of group.members) this.#groups.set(idOf(usage), group);
    return this.#groups.get(key);
  }

  /** Returns `members` itself if no rollout is in flight, so that a schedule computed for this array is found for all members. */
  #withRolloutsInFlight(members: readonly BackendUsage[]): readonly BackendUsage[] {
    const isAnyInFlight = members.some((usage) => this.#options.inFlight.rolloutOf(idOf(usage)) !== undefined);
    return isAnyInFlight ? members.map((usage) => this.#withRolloutInFlight(usage)) : members;
  }

  #withRolloutInFlight(usage: BackendUsage): BackendUsage {
    const rollout = this.#options.inFlight.rolloutOf(idOf(usage));
    return rollout === undefined ? usage : usageWhileRollingTo(usage, rollout.max);
  }

  #catchUp(): void {
    const keys = this.#dirty.take();
    if (keys.length === 0) return;
    const changes = keys.flatMap((key) => this.#changeOf(key) ?? []);
    const before = this.#linkedWith(changes.map(({ key }) => key));
    for (const { key, entry } of changes) this.#put(key, entry);
    const affected = [...before, ...this.#linkedWith(changes.map(({ key }) => key))];
    for (const usage of affected) this.#groups.delete(idOf(usage));
    this.#enqueue(affected);
  }

  #changeOf(key: string): Change | undefined {
    const backend = observeBackend(key, this.#options);
    this.#noteDeadline(key, backend);
    const usage = backend && backendUsage({ ...backend, envFromData: this.#envFromData.get(key) });
    if (isDeepEqualJson(usage, this.#entries.get(key)?.usage)) return undefined;
    return { key, entry: usage && { usage, linkKeys: linkKeys(usage, this.#options.settings.crossNamespaceGroups) } };
  }

  #noteDeadline(key: string, backend: ObservedBackend | undefined): void {
    const { deployment, now = 0 } = backend ?? {};
    const deadlineInMs = deployment && nextDeadlineInMs(deployment, now);
    if (deadlineInMs === undefined) this.#deadlines.delete(key);
    else this.#deadlines.set(key, now + deadlineInMs);
  }

  #enqueue(usages: readonly BackendUsage[]): void {
    for (const key of new Set(usages.map(idOf))) this.#options.enqueue(key);
  }

  /** All that are reached from these profiles over shared link keys: their groups are among them. */
  #linkedWith(keys: readonly string[]): readonly BackendUsage[] {
    const found = new Map<string, BackendUsage>();
    const links = new Set<string>();
    const visit = (key: string) => {
      const entry = this.#entries.get(key);
      if (entry === undefined || found.has(key)) return;
      found.set(key, entry.usage);
      for (const link of entry.linkKeys) links.add(link);
    };
    for (const key of keys) visit(key);
    // A set that grows is iterated to its end.
    for (const link of links) for (const key of this.#linked.get(link) ?? []) visit(key);
    return [...found.values()];
  }

  #put(key: string, entry: Entry | undefined): void {
    for (const link of this.#entries.get(key)?.linkKeys ?? []) {
      const found = this.#linked.get(link);
      found?.delete(key);
      if (found?.size === 0) this.#linked.delete(link);
    }
    this.#entries.delete(key);
    if (entry === undefined) return;
    this.#entries.set(key, entry);
    for (const link of entry.linkKeys) {
      const found = this.#linked.get(link);
      if (found === undefined) this.#linked.set(link, new Set([key]));
      else found.add(key);
    }
  }
}
