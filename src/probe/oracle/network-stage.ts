/**
 * How far a logon has come on its way through the network, watched from outside the driver:
 *
 *   no socket yet ► resolve    connecting ► connect    connected ► listener    first round trip ► server    password ► logon
 *
 * Node publishes new sockets on a diagnostics channel. Their data cannot tell the listener from the server: with TLS it may be the
 * handshake, and a refusal of the listener looks like any answer. So what follows comes from the driver's trace hook: its first round
 * trip follows the listener's ACCEPT.
 *
 * The driver tries one address after the other and tells only the last one's error. So its method for one address is wrapped meanwhile.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import oracledb from 'oracledb';
import { NetworkSession } from 'oracledb/lib/thin/sqlnet/networkSession.js';
import type { Stage } from '../../contract/verdict.ts';
import { type Attempt, hostNotFound } from './attempts.ts';
import { DEFAULT_PORT } from './descriptor.ts';
import { RoundTrips } from './round-trips.ts';

const CHANNEL = 'net.client.socket';

export type NetworkWatch = {
  readonly stage: () => Stage;
  /** One for each address that the driver has tried, in its order. */
  readonly attempts: readonly Attempt[];
  /** `performance.now()` when the first socket was opened. */
  readonly openedAt: () => number | undefined;
  /** `performance.now()` when the last socket was connected. */
  readonly connectedAt: () => number | undefined;
  /** Closes the socket, and lets the driver try no other address. */
  readonly abort: (error: Error) => void;
  readonly stop: () => void;
};

/** Watches every socket that this process opens until `stop`, so only one logon may run at a time. The latest socket decides. */
export function watchNetwork(): NetworkWatch {
  let stage: Stage = 'resolve';
  let openedAt: number | undefined;
  let connectedAt: number | undefined;
  let latest: Socket | undefined;
  const watched = watchAddresses();
  const reach = (reached: Stage) => {
    stage = reached;
    watched.reach(reached);
  };
  const onSocket = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    latest = socket;
    reach('connect');
    openedAt ??= performance.now();
    socket.once('connect', () => {
      if (socket !== latest) return;
      connectedAt = performance.now();
      reach('listener');
    });
  };
  subscribe(CHANNEL, onSocket);
  oracledb.traceHandler.setTraceInstance(new RoundTrips((reached) => (stage = reached)));
  return {
    stage: () => stage,
    attempts: watched.attempts,
    openedAt: () => openedAt,
    connectedAt: () => connectedAt,
    abort: (error) => {
      watched.abort(error);
      latest?.destroy(error);
    },
    stop: () => {
      unsubscribe(CHANNEL, onSocket);
      watched.stop();
      oracledb.traceHandler.setTraceInstance(undefined);
    },
  };
}

/** Records each address that the driver tries, with its error. */
function watchAddresses() {
  const attempts: { host: string; port: number; stage: Stage; error?: unknown }[] = [];
  let aborted: Error | undefined;
  const prototype = NetworkSession.prototype;
  const { connect2 } = prototype;
  prototype.connect2 = async function connect2Recorded(address, options) {
    if (aborted !== undefined) throw aborted;
    const attempt: (typeof attempts)[number] = {
      host: address.hostname,
      // As the driver does it, of a port that is 0 or no number, too.
      port: address.port || DEFAULT_PORT,
      stage: 'connect',
    };
    attempts.push(attempt);
    const from = performance.now();
    try {
      const connected = await connect2.call(this, address, options);
      attempt.stage = 'server';
      return connected;
    } catch (error) {
      // What follows the driver's own timeout is an error of the socket that it has closed. Timers may be a millisecond early.
      const isTimeout = performance.now() - from >= (this.sAtts.connectTimeout ?? Infinity) - 2;
      if (!isTimeout && aborted === undefined) attempt.error = withRedirect(error, this.redirectPkt?.dataBuf);
      throw error;
    }
  };
  return {
    attempts,
    reach: (stage: Stage) => {
      const attempt = attempts.at(-1);
      if (attempt !== undefined) attempt.stage = stage;
    },
    abort: (error: Error) => void (aborted = error),
    stop: () => void (prototype.connect2 = connect2),
  };
}

/** A listener of a cluster redirects to a node. Of a node whose name does not resolve, the driver says only that it has tried all. */
function withRedirect(error: unknown, redirect: Buffer | undefined): unknown {
  if (redirect === undefined || !(error instanceof Error) || 'code' in error) return error;
  const [, host = 'another host'] = /\(HOST *= *([\w.:-]{1,80})/i.exec(redirect.toString('latin1')) ?? [];
  return hostNotFound(`the listener redirects to ${host}, which does not resolve`);
}
