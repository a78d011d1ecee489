/** A value that one step finds and later steps use. */
export class Found<T> {
  readonly #what: string;
  #value: { readonly found: T } | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  set(value: T): void {
    this.#value = { found: value };
  }

  /** Throws where the step that finds it has not ended: a mistake in the order of the steps. */
  get(): T {
    if (!this.#value) throw new Error(`${this.#what}: used before it was found`);
    return this.#value.found;
  }

  get isFound(): boolean {
    return this.#value !== undefined;
  }
}
