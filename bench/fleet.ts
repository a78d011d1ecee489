/** The profiles of the benchmark and their backends: how many exist, and which pool size each has. */
import type { Run } from '../test/runner/run.ts';
import { eachOf } from './concurrency.ts';
import { Observer } from './cluster/observer.ts';
import type { PlainClient } from './cluster/plain-client.ts';
import { BARE, backend, deployments, isReady, profile, profiles, SHOP, shadowProfile, shadowProfiles } from './shop.ts';

const FIRST_MAX = 20;

/** Backends and profiles that are made at a time: more would only wait. */
const AT_A_TIME = 16;

const SAID_EVERY = 500;

/** Backends that only the benchmark configures, each with a shadow profile. */
const BARE_BACKENDS = 1000;

export class Fleet {
  readonly #client: PlainClient;
  readonly #run: Run;
  readonly #max = new Map<string, number>();
  #bare = 0;
  #settled = 0;
  #bareMax = FIRST_MAX;

  constructor(client: PlainClient, run: Run) {
    this.#client = client;
    this.#run = run;
  }

  /** Profiles that the operator has settled once. */
  get settled(): number {
    return this.#settled;
  }

  /** `count` of the profiles, spread over all of them. */
  some(count: number): readonly string[] {
    const names = [...this.#max.keys()];
    const stride = names.length / count;
    return Array.from({ length: count }, (_, index) => names[Math.floor(index * stride)] ?? '');
  }

  /** A size that this profile has not had, so its ConfigMap does not exist yet. */
  nextMax(name: string): number {
    const max = (this.#max.get(name) ?? FIRST_MAX) + 1;
    this.#max.set(name, max);
    return max;
  }

  /** A size that no bare backend has had. */
  nextBareMax(): number {
    this.#bareMax += 1;
    return this.#bareMax;
  }

  /** Makes the profiles that are missing, and waits until the operator has settled each, until `endAt` at most. */
  async growTo(count: number, endAt: number): Promise<void> {
    using seen = await Observer.start(this.#client, profiles(SHOP));
    const names = Array.from({ length: count }, (_, index) => `p${String(index + 1).padStart(5, '0')}`);
    const settled: Promise<void>[] = [];
    await eachOf(names.slice(this.#max.size), AT_A_TIME, async (name) => {
      const ready = seen
        .when(name, (object) => isReady(object, 1), endAt - performance.now())
        .then(() => this.#settle());
      // A failure below must not leave this rejection unhandled.
      ready.catch(() => undefined);
      settled.push(ready);
      await this.#client.create(deployments(SHOP), backend(name));
      await this.#client.create(profiles(SHOP), profile(name, FIRST_MAX));
      this.#max.set(name, FIRST_MAX);
    });
    await Promise.all(settled);
  }

  #settle(): void {
    this.#settled += 1;
    if (this.#settled % SAID_EVERY === 0) this.#run.say(`${this.#settled} profiles are settled`);
  }

  /** Names of so many backends for the baseline; creates the missing ones. */
  async bare(count: number): Promise<readonly string[]> {
    if (count > BARE_BACKENDS) throw new Error(`there are no more than ${BARE_BACKENDS} bare backends`);
    const names = Array.from({ length: count }, (_, index) => `b${String(index + 1).padStart(5, '0')}`);
    await eachOf(names.slice(this.#bare), AT_A_TIME, async (name) => {
      await this.#client.create(deployments(BARE), backend(name));
      await this.#client.create(shadowProfiles(BARE), shadowProfile(name, FIRST_MAX));
      this.#bare += 1;
    });
    return names;
  }
}
