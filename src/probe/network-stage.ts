/**
 * How far a logon is on its way through the network. The driver does not say, so its sockets are looked at from
 * outside, through the channel that Node itself publishes them on. Knows nothing of the protocol.
 *
 *   no socket yet ► resolve    connecting ► connect    connected, no answer ► listener    answered ► logon
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Stage } from '../verdict.ts';

const CHANNEL = 'net.client.socket';

export type NetworkWatch = {
  readonly stage: () => Stage;
  /** `performance.now()` of when the first socket was opened, and of when the last one was connected. */
  readonly openedAt: () => number | undefined;
  readonly connectedAt: () => number | undefined;
  readonly stop: () => void;
};

/** Watches all sockets that this process opens from now on; the last one counts. */
export function watchNetwork(): NetworkWatch {
  let stage: () => Stage = () => 'resolve';
  let openedAt: number | undefined;
  let connectedAt: number | undefined;
  const follow = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    stage = () => 'connect';
    openedAt ??= performance.now();
    socket.once('connect', () => {
      connectedAt = performance.now();
      stage = () => (socket.bytesRead === 0 ? 'listener' : 'logon');
    });
  };
  subscribe(CHANNEL, follow);
  return {
    stage: () => stage(),
    openedAt: () => openedAt,
    connectedAt: () => connectedAt,
    stop: () => unsubscribe(CHANNEL, follow),
  };
}
