/**
 * A Deployment, its controller and its pods, as far as they decide how many pods there are: rolling and recreating, scaled
 * in proportion in the middle of a rollout, with pods that take their time to end. Between two events the controller
 * does all that it can, as it does within milliseconds.
 */
import { allowanceOf, type Strategy } from '../../../src/core/model/strategy.ts';

/** A pod that is removed before it was started ends at once. */
type Pod = {
  readonly max: number;
  readonly set: ReplicaSet;
  isStarted: boolean;
  isReady: boolean;
  endsAt: number | undefined;
};

const lifeOf = ({ isStarted, isReady }: Pod) => Number(isStarted) + Number(isReady);

/** `mostBefore`: pods that the Deployment was allowed in all when this ReplicaSet was last scaled. */
type ReplicaSet = { readonly max: number; replicas: number; desired: number; mostBefore: number };

export class SimulatedBackend {
  readonly #strategy: Strategy;
  readonly #graceTicks: number;
  #replicas: number;
  #now = 0;
  /** Newest last. */
  #sets: ReplicaSet[];
  #pods: Pod[] = [];
  /** When the last pod that a scale-down removed has ended. */
  #scaledDownUntil = 0;
  /** The most pods and sessions at a time since `takeMost` was last called. */
  #most = { pods: 0, sessions: 0 };

  /** All its pods run with `max` and are ready. */
  constructor(max: number, replicas: number, strategy: Strategy, graceTicks: number) {
    this.#strategy = strategy;
    this.#graceTicks = graceTicks;
    this.#replicas = replicas;
    this.#sets = [{ max, replicas: 0, desired: replicas, mostBefore: this.#mostPods() }];
    this.settle();
    this.ready(replicas);
  }

  get replicas(): number {
    return this.#replicas;
  }

  get isRolledOut(): boolean {
    const newest = this.#newest();
    return newest.replicas === this.#replicas && this.#pods.every(({ set, isReady }) => set === newest && isReady);
  }

  /** The pods as the budget observes them: those with `newMax` are the new ones. */
  observe(newMax: number) {
    const others = this.#pods.filter(({ max, endsAt }) => max !== newMax || endsAt !== undefined);
    const terminating = others.filter(({ endsAt }) => endsAt !== undefined).length;
    const maxes = others.map(({ max }) => max);
    return {
      old: others.length - terminating,
      terminating,
      oldMax: maxes.length === 0 ? undefined : Math.max(...maxes),
    };
  }

  /** The most pods and sessions at a time since the last call, now included. */
  takeMost(): { readonly pods: number; readonly sessions: number } {
    const most = this.#most;
    this.#most = { pods: 0, sessions: 0 };
    this.#count();
    return most;
  }

  roll(max: number): void {
    this.#sets.push({ max, replicas: 0, desired: this.#replicas, mostBefore: this.#mostPods() });
    this.settle();
  }

  /** Does not scale up before the pods that a scale-down removed have ended. */
  scale(replicas: number): void {
    if (replicas > this.#replicas && this.#now < this.#scaledDownUntil) return;
    if (replicas < this.#replicas) this.#scaledDownUntil = this.#now + this.#graceTicks;
    this.#replicas = replicas;
    this.settle();
  }

  /** Makes so many unready pods ready. */
  ready(pods: number): void {
    const unready = this.#pods.filter(({ isReady, endsAt }) => !isReady && endsAt === undefined);
    for (const pod of unready.slice(0, pods)) pod.isReady = true;
    this.settle();
  }

  pass(ticks: number): void {
    this.#now += ticks;
    this.#removeEnded();
    this.settle();
  }

  #removeEnded(): void {
    this.#pods = this.#pods.filter(({ endsAt }) => endsAt === undefined || endsAt > this.#now);
  }

  settle(): void {
    for (let round = 0; round < 1000; round += 1) {
      if (this.#sync()) continue;
      for (const pod of this.#pods) pod.isStarted = true;
      this.#count();
      return;
    }
    throw new Error('the controller never settles');
  }

  /** One pass of the controller; false where it has nothing to do. */
  #sync(): boolean {
    if (this.#active().some(({ desired }) => desired !== this.#replicas)) return this.#scaleInProportion();
    return this.#strategy.kind === 'Recreate' ? this.#recreate() : this.#bringUpNew() || this.#takeDownOld();
  }

  #recreate(): boolean {
    const running = this.#old().filter(({ replicas }) => replicas > 0);
    for (const set of running) this.#resize(set, 0);
    if (running.length > 0) return true;
    if (this.#pods.some(({ set }) => set !== this.#newest())) return false;
    return this.#resize(this.#newest(), this.#replicas);
  }

  #bringUpNew(): boolean {
    const newest = this.#newest();
    if (newest.replicas > this.#replicas) return this.#resize(newest, this.#replicas);
    const room = Math.max(0, this.#mostPods() - this.#total());
    return this.#resize(newest, newest.replicas + Math.min(room, this.#replicas - newest.replicas));
  }

  #takeDownOld(): boolean {
    const leastAvailable = this.#replicas - allowanceOf(this.#strategy, this.#replicas).unavailable;
    const newest = this.#newest();
    let mayGo = this.#total() - leastAvailable - (newest.replicas - this.#available(newest));
    if (mayGo <= 0) return false;
    let hasActed = false;
    for (const set of this.#old()) {
      const unready = Math.min(mayGo, set.replicas - this.#available(set));
      hasActed = this.#resize(set, set.replicas - unready) || hasActed;
      mayGo -= unready;
    }
    let surplus = this.#sets.reduce((sum, set) => sum + this.#available(set), 0) - leastAvailable;
    for (const set of this.#old()) {
      const gone = Math.max(0, Math.min(surplus, set.replicas));
      hasActed = this.#resize(set, set.replicas - gone) || hasActed;
      surplus -= gone;
    }
    return hasActed;
  }

  #scaleInProportion(): boolean {
    const active = this.#active();
    const [first] = active;
    if (first !== undefined && active.length === 1) {
      this.#resize(first, this.#replicas);
      return true;
    }
    const toAdd = (this.#replicas > 0 ? this.#mostPods() : 0) - this.#total();
    const bySize = this.#sets
      .toReversed()
      .filter((set) => active.includes(set))
      .toSorted((a, b) => b.replicas - a.replicas);
    let added = 0;
    const targets = bySize.map((set) => {
      const share = Math.round((set.replicas * this.#mostPods()) / set.mostBefore) - set.replicas;
      const granted =
        toAdd > 0 ? Math.max(0, Math.min(share, toAdd - added)) : Math.min(0, Math.max(share, toAdd - added));
      added += granted;
      return set.replicas + granted;
    });
    bySize.forEach((set, index) => {
      const rest = index === 0 ? toAdd - added : 0;
      this.#resize(set, Math.max(0, (targets[index] ?? 0) + rest));
    });
    return true;
  }

  /** The ReplicaSet has its pods at once; those that have come least far go first. */
  #resize(set: ReplicaSet, replicas: number): boolean {
    const isChange = set.replicas !== replicas;
    Object.assign(set, { replicas, desired: this.#replicas, mostBefore: this.#mostPods() });
    const live = this.#pods.filter((pod) => pod.set === set && pod.endsAt === undefined);
    for (let count = live.length; count < replicas; count += 1)
      this.#pods.push({ max: set.max, set, isStarted: false, isReady: false, endsAt: undefined });
    const surplus = Math.max(0, live.length - replicas);
    for (const pod of live.toSorted((a, b) => lifeOf(a) - lifeOf(b)).slice(0, surplus))
      pod.endsAt = this.#now + (pod.isStarted ? this.#graceTicks : 0);
    this.#removeEnded();
    return isChange;
  }

  #count(): void {
    const sessions = this.#pods.reduce((sum, { max }) => sum + max, 0);
    this.#most = {
      pods: Math.max(this.#most.pods, this.#pods.length),
      sessions: Math.max(this.#most.sessions, sessions),
    };
  }

  #newest(): ReplicaSet {
    const newest = this.#sets.at(-1);
    if (newest === undefined) throw new Error('a backend has a template from the first on');
    return newest;
  }

  #old = () => this.#sets.slice(0, -1);
  #active = () => this.#sets.filter(({ replicas }) => replicas > 0);
  #total = () => this.#sets.reduce((sum, { replicas }) => sum + replicas, 0);
  #mostPods = () => this.#replicas + allowanceOf(this.#strategy, this.#replicas).surge;
  #available = (set: ReplicaSet) =>
    this.#pods.filter((pod) => pod.set === set && pod.isReady && pod.endsAt === undefined).length;
}
