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

export type NetworkWatch = { readonly stage: () => Stage; readonly stop: () => void };

/** Watches all sockets that this process opens from now on; the last one counts. */
export function watchNetwork(): NetworkWatch {
  let stage: () => Stage = () => 'resolve';
  const follow = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    stage = () => 'connect';
    socket.once('connect', () => {
      stage = () => (socket.bytesRead === 0 ? 'listener' : 'logon');
    });
  };
  subscribe(CHANNEL, follow);
  return { stage: () => stage(), stop: () => unsubscribe(CHANNEL, follow) };
}
