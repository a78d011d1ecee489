/** The history in the simulation: the operator looks after each step of the controllers, as it would by its watches. */
import type { Backend } from '../../core/simulation/backend.ts';
import { spec } from '../../core/builders.ts';
import { replace } from '../../core/simulation/disruptions.ts';
import type { Template } from '../../core/simulation/pods.ts';
import { edit, makeRequest, setByHand } from '../../core/simulation/user-actions.ts';
import { World } from '../../core/simulation/world.ts';
import { addChange, addReason, CRASHING, play, type Seen, type Stage } from './history.ts';

/** Between two looks. */
const STEP_MS = 500;

/** Two minutes: each step of the history is at rest long before that. */
const MAX_STEPS = 240;

/** Of one reconcile. */
const MAX_PASSES = 20;

const CRASHING_RELEASE = 'crashing';

class Simulated implements Stage {
  readonly templates: string[] = [];
  readonly revisions: string[] = [];
  readonly reasons: string[] = [];
  readonly #world = new World();
  readonly #known = new Map<string, number>();
  readonly #release: string;
  #reason: string | undefined;

  constructor() {
    const { backend } = this.#world;
    backend.scale(1);
    backend.crashAbove = CRASHING - 1;
    backend.crashingRelease = CRASHING_RELEASE;
    this.#release = backend.template.foreignTemplateHash;
    this.#world.settle();
    this.#look();
  }

  get #backend(): Backend {
    return this.#world.backend;
  }

  apply = async (max: number): Promise<void> =>
    this.#act(() => edit(this.#world, { ...spec().pool, max }, 'Disabled', { observeSeconds: 1 }));
  undo = async (): Promise<void> => this.#act(() => void this.#backend.undo());
  retry = async (): Promise<void> => this.#act(() => makeRequest(this.#world, { retryRequestedAt: 'now' }));
  setByHand = async (max: string): Promise<void> => this.#act(() => setByHand(this.#backend, max));
  evict = async (): Promise<void> => this.#act(() => this.#backend.evict(this.#world.now));
  replace = async (): Promise<void> => this.#act(() => replace(this.#backend));
  release = async (isCrashing: boolean): Promise<void> =>
    this.#act(() => this.#backend.write({ foreignTemplateHash: isCrashing ? CRASHING_RELEASE : this.#release }));
  scale = async (replicas: number): Promise<void> => this.#act(() => this.#backend.scale(replicas));

  rests = async (reason: string): Promise<void> => {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const didAct = this.#reconcile();
      const isMoving = this.#backend.step(this.#world.now);
      this.#look();
      this.#world.wait(STEP_MS);
      if (!didAct && !isMoving && this.#reason === reason) return;
    }
    throw new Error(`not at rest as ${reason}: ${this.reasons.join(', ')}`);
  };

  #act(action: () => void): void {
    action();
    this.#look();
  }

  /** Passes until nothing is left to do, of which the last one is reported; whether any of them did something. */
  #reconcile(): boolean {
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      const { actions, status } = this.#world.reconcile() ?? { actions: [], status: {} };
      this.#look();
      this.#reason = status.conditions?.find(({ type }) => type === 'Ready')?.reason;
      if (actions.length > 0) continue;
      addReason(this.reasons, this.#reason);
      return pass > 0;
    }
    throw new Error(`passes without an end: ${this.#reason}`);
  }

  #look(): void {
    addChange(this.templates, this.#maxOf(this.#backend.template));
    for (const { uid, revision, template } of this.#backend.sets.toSorted((a, b) => a.revision - b.revision)) {
      if (this.#known.get(uid) === revision) continue;
      this.#known.set(uid, revision);
      this.revisions.push(`${revision}: ${this.#maxOf(template)}`);
    }
  }

  #maxOf = (template: Template) => String(this.#backend.maxOf(template) ?? 'none');
}

export async function seenInSimulation(): Promise<Seen> {
  const stage = new Simulated();
  await play(stage);
  const { templates, revisions, reasons } = stage;
  return { templates, revisions, reasons };
}
