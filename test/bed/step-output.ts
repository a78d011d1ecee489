/** A value that one step sets and later steps read. */
export class StepOutput<T> {
  readonly #name: string;
  #output: { readonly value: T } | undefined;

  /** `name` is for the error of a premature `get`. */
  constructor(name: string) {
    this.#name = name;
  }

  set(value: T): void {
    this.#output = { value };
  }

  /** Throws where no step has set the value yet: a mistake in the order of the steps. */
  get(): T {
    if (!this.#output) throw new Error(`${this.#name}: read before its step has ended`);
    return this.#output.value;
  }

  get isSet(): boolean {
    return this.#output !== undefined;
  }
}
