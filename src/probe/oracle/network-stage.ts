/**
 * How far a logon is on its way through the network. The driver's sockets are looked at from outside, through the channel
 * that Node itself publishes them on. What is read from them says nothing of the logon: with TLS it may be the handshake, and
 * the listener's refusal looks like any answer. But the driver tells of its round trips with the database, the first of
 * which comes after the listener's ACCEPT and before user and password.
 *
 *   no socket yet ► resolve    connecting ► connect    connected ► listener    first round trip ► logon
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import oracledb from 'oracledb';
import type { Stage } from '../../contract/verdict.ts';

const CHANNEL = 'net.client.socket';

export type NetworkWatch = {
  readonly stage: () => Stage;
  /** `performance.now()` of when the first socket was opened, and of when the last one was connected. */
  readonly openedAt: () => number | undefined;
  readonly connectedAt: () => number | undefined;
  readonly stop: () => void;
};

/** Watches all sockets that this process opens from now on, one logon at a time; the last one counts. */
export function watchNetwork(): NetworkWatch {
  let stage: Stage = 'resolve';
  let openedAt: number | undefined;
  let connectedAt: number | undefined;
  const follow = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    stage = 'connect';
    openedAt ??= performance.now();
    socket.once('connect', () => {
      connectedAt = performance.now();
      stage = 'listener';
    });
  };
  subscribe(CHANNEL, follow);
  oracledb.traceHandler.setTraceInstance(new RoundTrips(() => (stage = 'logon')));
  return {
    stage: () => stage,
    openedAt: () => openedAt,
    connectedAt: () => connectedAt,
    stop: () => {
      unsubscribe(CHANNEL, follow);
      oracledb.traceHandler.setTraceInstance(undefined);
    },
  };
}

/** The driver asks for an instance of its own class. */
class RoundTrips extends oracledb.traceHandler.TraceHandlerBase {
  readonly #begun: () => void;

  constructor(begun: () => void) {
    super();
    this.#begun = begun;
    this.enable();
  }

  override onBeginRoundTrip(): void {
    this.#begun();
  }
}
