/**
 * How far a logon has come on its way through the network, watched from outside the driver:
 *
 *   no socket yet ► resolve    connecting ► connect    connected ► listener    first round trip ► logon
 *
 * Node publishes new sockets on a diagnostics channel. Their data cannot tell the listener from the logon: with TLS it may be the
 * handshake, and a refusal of the listener looks like any answer. So the start of the logon comes from the driver's trace hook: its
 * first round trip follows the listener's ACCEPT and precedes user and password.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import oracledb from 'oracledb';
import type { Stage } from '../../contract/verdict.ts';

const CHANNEL = 'net.client.socket';

export type NetworkWatch = {
  readonly stage: () => Stage;
  /** `performance.now()` when the first socket was opened. */
  readonly openedAt: () => number | undefined;
  /** `performance.now()` when the last socket was connected. */
  readonly connectedAt: () => number | undefined;
  readonly stop: () => void;
};

/** Watches every socket that this process opens until `stop`, so only one logon may run at a time. The latest socket decides. */
export function watchNetwork(): NetworkWatch {
  let stage: Stage = 'resolve';
  let openedAt: number | undefined;
  let connectedAt: number | undefined;
  const onSocket = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    stage = 'connect';
    openedAt ??= performance.now();
    socket.once('connect', () => {
      connectedAt = performance.now();
      stage = 'listener';
    });
  };
  subscribe(CHANNEL, onSocket);
  oracledb.traceHandler.setTraceInstance(new RoundTrips(() => (stage = 'logon')));
  return {
    stage: () => stage,
    openedAt: () => openedAt,
    connectedAt: () => connectedAt,
    stop: () => {
      unsubscribe(CHANNEL, onSocket);
      oracledb.traceHandler.setTraceInstance(undefined);
    },
  };
}

/** The driver accepts only instances of its own base class. */
class RoundTrips extends oracledb.traceHandler.TraceHandlerBase {
  readonly #onBegin: () => void;

  constructor(onBegin: () => void) {
    super();
    this.#onBegin = onBegin;
    this.enable();
  }

  override onBeginRoundTrip(): void {
    this.#onBegin();
  }
}
