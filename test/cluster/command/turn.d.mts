/** Waits until no living run holds the lock file, takes it, and returns how to give it back. Its folder must exist. */
export declare function takeTurn(
  lock: string,
  options?: {
    /** Aborted: gives up waiting, with the AbortError of node:timers. */
    readonly signal?: AbortSignal;
    /** Called once, with the holder's process id, where there is someone to wait for. */
    readonly onWait?: (holder: number) => void;
  },
): Promise<() => void>;

/** Process id of the living run that holds the lock file; undefined where nobody does. */
export declare function holderOf(lock: string): number | undefined;
