/**
 * Which profiles share the sessions of a database, as the caches have it. What a backend holds is worked out once for each
 * change of it, and those that share its database are told then: one of them may wait for it. Nobody waits in memory.
 */
import { groupsOf, linkKeys } from '../../core/budget/group.ts';
import { idOf, type BackendUsage } from '../../core/model/usage.ts';
import { usageWhileRollingTo, backendUsage } from '../../core/usage/backend-usage.ts';
import type { ObservedBudget, EnvFromData, Settings } from '../../core/model/observed.ts';
import type { Action } from '../../core/model/action.ts';
import { ApiError } from '../../kube/errors.ts';
import { observe } from './observe.ts';
import { isDeepEqualJson } from '../../core/model/json.ts';
import type { Caches } from '../watch/caches.ts';

export type GroupsOptions = {
  readonly caches: Caches;
  readonly settings: Settings;
  readonly now: () => number;
  /** Called with the key of each profile that has to be looked at. */
  readonly enqueue: (key: string) => void;
};

type Roll = Extract<Action, { kind: 'rollOut' | 'restoreTemplate' }>;

const isRoll = (action: Action): action is Roll => action.kind === 'rollOut' || action.kind === 'restoreTemplate';

type Sources = readonly EnvFromData[];

type Entry = { readonly member: BackendUsage; readonly words: readonly string[] };

/** Keys are "namespace/name" of profiles. */
export class Groups {
  readonly #options: GroupsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byWord = new Map<string, Set<string>>();
  /** What was read last of a backend's `envFrom`: no cache has it. */
  readonly #sources = new Map<string, Sources>();
  /** What has changed and was not looked at yet. A list of thousands is one look. */
  readonly #changed = new Set<string>();
  /** The max of each rollout that is being written at this moment, or may have been, so that no cache knows of it yet. */
  readonly #starting = new Map<string, number | undefined>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** Something around this profile is not as it was. */
  changed(key: string): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#catchUp());
    this.#changed.add(key);
  }

  /** What the `envFrom` of this profile's backend holds; undefined where it does not matter. */
  read(key: string, sources: Sources | undefined): void {
    if (isDeepEqualJson(sources, this.#sources.get(key))) return;
    if (sources === undefined) this.#sources.delete(key);
    else this.#sources.set(key, sources);
    this.changed(key);
  }

  /** Who shares the database of this profile. */
  of(key: string): ObservedBudget {
    this.#catchUp();
    const group = groupsOf(this.#linked([key]), this.#options.settings.crossNamespaceGroups).find(({ members }) =>
      members.some((member) => idOf(member) === key),
    );
    const others = (group?.members ?? []).filter((member) => idOf(member) !== key);
    return { group: group?.name ?? key, others: others.map((member) => this.#asStarting(member)) };
  }

  #asStarting(member: BackendUsage): BackendUsage {
    const key = idOf(member);
    return this.#starting.has(key) ? usageWhileRollingTo(member, this.#starting.get(key)) : member;
  }

  /**
   * Holds the rollout that is among the actions, if there is one, until it is known what came of it; then the others are told.
   * A write that was not answered may have been applied, and one that meets it is a conflict: it is held until the next look
   * at this profile.
   */
  async hold(key: string, actions: readonly Action[], act: () => Promise<void>): Promise<void> {
    const roll = actions.find(isRoll);
    if (roll === undefined) {
      this.#free(key);
      return act();
    }
    this.#starting.set(key, roll.max);
    try {
      await act();
      this.#free(key);
    } catch (error) {
      if (error instanceof ApiError && !error.isConflict) this.#free(key);
      throw error;
    }
  }

  #free(key: string): void {
    if (!this.#starting.delete(key)) return;
    this.#tell(this.#linked([key]).filter((member) => idOf(member) !== key));
  }

  #catchUp(): void {
    if (this.#changed.size === 0) return;
    const keys = [...this.#changed];
    this.#changed.clear();
    const changes = keys.flatMap((key) => this.#changeOf(key) ?? []);
    const before = this.#linked(changes.map(({ key }) => key));
    for (const { key, entry } of changes) this.#put(key, entry);
    this.#tell([...before, ...this.#linked(changes.map(({ key }) => key))]);
  }

  #changeOf(key: string): { readonly key: string; readonly entry: Entry | undefined } | undefined {
    const { caches, settings, now } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    const observed = observe(namespace, name, caches, settings, now());
    const member = observed && backendUsage({ ...observed, envFromData: this.#sources.get(key) });
    if (isDeepEqualJson(member, this.#entries.get(key)?.member)) return undefined;
    return { key, entry: member && { member, words: linkKeys(member, settings.crossNamespaceGroups) } };
  }

  #tell(members: readonly BackendUsage[]): void {
    for (const key of new Set(members.map(idOf))) this.#options.enqueue(key);
  }

  /** All that are found from these by the words that they share: their groups are among them. */
  #linked(keys: readonly string[]): readonly BackendUsage[] {
    const found = new Map<string, BackendUsage>();
    const words = new Set<string>();
    const visit = (key: string) => {
      const entry = this.#entries.get(key);
      if (entry === undefined || found.has(key)) return;
      found.set(key, entry.member);
      for (const word of entry.words) words.add(word);
    };
    for (const key of keys) visit(key);
    // A set that grows is iterated to its end.
    for (const word of words) for (const key of this.#byWord.get(word) ?? []) visit(key);
    return [...found.values()];
  }

  #put(key: string, entry: Entry | undefined): void {
    for (const word of this.#entries.get(key)?.words ?? []) {
      const found = this.#byWord.get(word);
      found?.delete(key);
      if (found?.size === 0) this.#byWord.delete(word);
    }
    this.#entries.delete(key);
    if (entry === undefined) return;
    this.#entries.set(key, entry);
    for (const word of entry.words) {
      const found = this.#byWord.get(word);
      if (found === undefined) this.#byWord.set(word, new Set([key]));
      else found.add(key);
    }
  }
}
