/** Keys of profiles whose derived data may be out of date. Thousands that are reported at the same time are caught up with at once. */
export class DirtyKeys {
  readonly #keys = new Set<string>();
  readonly #catchUp: () => void;

  /** `catchUp` is called in a microtask after the first mark. It takes the keys, and may be called earlier, before a read. */
  constructor(catchUp: () => void) {
    this.#catchUp = catchUp;
  }

  mark(key: string): void {
    if (this.#keys.size === 0) queueMicrotask(this.#catchUp);
    this.#keys.add(key);
  }

  /** The keys, which are not dirty any more. */
  take(): readonly string[] {
    const keys = [...this.#keys];
    this.#keys.clear();
    return keys;
  }
}
