/**
 * Waits until no other process on this machine holds the lock of this name, acquires it, and returns how to release it.
 * A process releases its locks by ending.
 */
export declare function acquireLock(
  name: string,
  options?: {
    /** Aborted: stops waiting and throws the signal's reason. */
    readonly signal?: AbortSignal;
    /** Called once where there is a holder to wait for, with its process id where the holder tells it. */
    readonly onWait?: (holder: number | undefined) => void;
  },
): Promise<() => Promise<void>>;
