/** One backend of the soak and its profile: it is asked for other numbers again and again, and what comes of it is counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Client, WritableObject } from '../../src/kube/client.ts';
import type { Deployment, KubeObject, Resource } from '../../src/kube/types.ts';
import { standIn } from '../support/stand-in.ts';
import { backend, credentials, namespaceNamed, profile, SECRETS, SERVICES } from './backend.ts';
import type { Cycle } from './cycle.ts';
import { type Disturbance, DISTURBANCES, disturb, drawn } from './disturbance.ts';
import type { Random } from './random.ts';
import type { Seen } from './seen.ts';
import { untilAnswered } from './until-answered.ts';

const RETRY_MS = 1000;
const LOOK_MS = 250;

/** Few numbers, so that former ones come again. */
const NUMBERS = [20, 21, 22, 23, 24];

/** Of a hundred changes, those that are overtaken by another before anybody can have carried them out. */
const HASTY_PERCENT = 15;

/** Of a hundred, those for which the profile is deleted and made again, at times with the same numbers. */
const ANEW_PERCENT = 10;

/** Of a hundred, those before which something else happens to the backend. */
const DISTURBED_PERCENT = 30;

/** What a change may take in addition then: it waits for the end of another rollout. */
const DISTURBED_MS = 30_000;

/** What a change may take on a small machine that others use, too; a watch that is lost is found after two minutes or more. */
const MAY_TAKE_MS = 30_000;

/** The same with a probe, of which one may be disturbed and tried again after half a minute. */
const MAY_TAKE_PROVEN_MS = 90_000;

/** One that has not come by then will not. */
const GIVE_UP_MS = 300_000;

export type ShopOptions = {
  readonly namespace: string;
  readonly client: Client;
  readonly random: Random;
  readonly seen: Seen;
  readonly replicas: number;
  /** Whether a probe proves its numbers first. */
  readonly isProven: boolean;
  /** Ends the containers of the backend of a namespace, which the kubelet starts again. */
  readonly restartContainers: (namespace: string) => Promise<void>;
};

export type Images = { readonly backend: string; readonly standIn: string };

export class Shop {
  readonly cycles: Cycle[] = [];
  /** What it was asked for last. */
  max = 0;
  readonly #options: ShopOptions;
  /** What happened to its backend, the newest last. */
  readonly #disturbances: Disturbance[] = [];
  #image = '';
  /** The profile as it was asked for last. */
  #uid: string | undefined;
  #generation = 0;
  /** The Deployment's generation when it was last counted, and when that was. */
  #counted = { generation: 1, at: Date.now() };

  constructor(options: ShopOptions) {
    this.#options = options;
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  /** Writes of the Deployment's spec by others than the operator. */
  get writtenByOthers(): number {
    return this.#disturbances.reduce((sum, name) => sum + DISTURBANCES[name].others, 0);
  }

  /** Makes the namespace and what is in it but the profile. */
  async open(images: Images, signal: AbortSignal): Promise<void> {
    const { client, namespace, replicas, isProven } = this.#options;
    const call = { method: 'PATCH', path: `/api/v1/namespaces/${namespace}`, query: { fieldManager: 'soak' } } as const;
    const contentType = 'application/apply-patch+yaml';
    this.#image = images.backend;
    await client.request({ ...call, body: namespaceNamed(namespace), contentType }, signal);
    await this.#apply(RESOURCES.Deployment, backend(namespace, images.backend, replicas), signal);
    if (!isProven) return;
    await this.#apply(SECRETS, credentials(namespace), signal);
    const { deployment, service } = standIn(namespace, images.standIn);
    await this.#apply(RESOURCES.Deployment, deployment, signal);
    await this.#apply(SERVICES, service, signal);
    const ready = async () => ((await this.#deployment('oracle', signal))?.status?.readyReplicas ?? 0) > 0;
    while (!(await ready())) await pause(RETRY_MS, undefined, { signal });
  }

  /** Asks for other numbers and waits for them, over and over, until `isOver`. The last ones are waited for, too. */
  async keepChanging(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isOver()) {
      this.cycles.push(await this.#cycle(signal));
      await pause(this.#options.random.between(500, 8000), undefined, { signal });
    }
  }

  /** Whether the profile says of its newest spec that the backend runs with the numbers that were asked for last. */
  get isSettled(): boolean {
    const profile = this.#options.seen.profiles.get(this.namespace);
    return profile?.uid === this.#uid && profile?.readyMax === this.max && profile.generation >= this.#generation;
  }

  /** Whether a change that was asked for since then has become Ready. */
  hasSettledSince(ms: number): boolean {
    return this.cycles.some(({ from, to }) => from >= ms && to !== undefined);
  }

  async #cycle(signal: AbortSignal): Promise<Cycle> {
    const { namespace, random, isProven } = this.#options;
    const [before, since] = [this.max, this.#counted.at];
    const disturbance = await this.#disturb(signal);
    const from = Date.now();
    const isMadeAnew = this.#uid !== undefined && random.percent(ANEW_PERCENT);
    if (isMadeAnew) await this.#delete(signal);
    const asked = [await this.#ask(isMadeAnew ? NUMBERS : this.#others(), signal)];
    if (random.percent(HASTY_PERCENT)) asked.push(await this.#ask(this.#others(), signal));
    const to = await this.#settles(signal);
    const { others = 0, repairs = 0 } = disturbance === undefined ? {} : DISTURBANCES[disturbance];
    const written = (await this.#count(signal)) - others;
    const mayTakeMs = (isProven ? MAY_TAKE_PROVEN_MS : MAY_TAKE_MS) + (disturbance === undefined ? 0 : DISTURBED_MS);
    const until = this.#counted.at;
    return { namespace, before, asked, since, from, to, until, written, mayTakeMs, isMadeAnew, disturbance, repairs };
  }

  /** Nothing happens to a backend before its first rollout. */
  async #disturb(signal: AbortSignal): Promise<Disturbance | undefined> {
    const { random, replicas } = this.#options;
    if (this.#uid === undefined || !random.percent(DISTURBED_PERCENT)) return undefined;
    const before = [...this.#disturbances];
    const name = drawn(random, replicas, before);
    await disturb(name, { ...this.#options, image: this.#image, before }, signal);
    this.#disturbances.push(name);
    return name;
  }

  async #settles(signal: AbortSignal): Promise<number | undefined> {
    const endAt = Date.now() + GIVE_UP_MS;
    while (Date.now() < endAt) {
      if (this.isSettled) return Date.now();
      await pause(LOOK_MS, undefined, { signal });
    }
    return undefined;
  }

  /** Writes of the template since the last count. */
  async #count(signal: AbortSignal): Promise<number> {
    const at = Date.now();
    const api = await this.#deployment('api', signal);
    const generation = api?.metadata?.generation ?? 1;
    const written = generation - this.#counted.generation;
    this.#counted = { generation, at };
    return written;
  }

  #others(): readonly number[] {
    return NUMBERS.filter((max) => max !== this.max);
  }

  async #ask(numbers: readonly number[], signal: AbortSignal): Promise<number> {
    const { namespace, isProven, random } = this.#options;
    this.max = random.one(numbers);
    const wanted = profile(namespace, this.max, isProven);
    const { metadata } = await this.#apply(RESOURCES.DbPoolProfile, wanted, signal);
    this.#uid = metadata?.uid;
    this.#generation = metadata?.generation ?? 0;
    return this.max;
  }

  /** Now and then for so short that one who watches may take it for an edit. */
  async #delete(signal: AbortSignal): Promise<void> {
    const { client, namespace, random } = this.#options;
    // Whatever its uid is: a backup may have been restored since it was asked for.
    const object = { metadata: { namespace, name: 'pool' } };
    await untilAnswered(() => client.delete(RESOURCES.DbPoolProfile, object, signal), signal);
    this.#uid = undefined;
    await pause(random.one([0, 100, 3000]), undefined, { signal });
  }

  #apply(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    return untilAnswered(() => this.#options.client.apply(resource, object, signal, { force: true }), signal);
  }

  #deployment(name: string, signal: AbortSignal): Promise<Deployment | undefined> {
    const { client, namespace } = this.#options;
    return untilAnswered(() => client.get(RESOURCES.Deployment, namespace, name, signal), signal);
  }
}
