/**
 * Waits until no other process has the turn of this name (on this machine), takes it, and returns how to give it back.
 * A process that ends gives it back by ending.
 */
export declare function takeTurn(
  name: string,
  options?: {
    /** Aborted: gives up waiting and throws the signal's reason. */
    readonly signal?: AbortSignal;
    /** Called once, with the holder's process id where it tells, if there is someone to wait for. */
    readonly onWait?: (holder: number | undefined) => void;
  },
): Promise<() => Promise<void>>;
