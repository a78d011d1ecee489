/** A logon: a challenge, the client's proof, and the session that it opens. */
import type { Database } from '../database/database.ts';
import { OracleError } from '../database/errors.ts';
import type { Client, Session } from '../database/session.ts';
import { failure, success } from '../messages/endings.ts';
import { logonAnswer } from '../messages/logon.ts';
import { type LogonPart, readRequest } from '../messages/request.ts';
import { Garbled } from '../wire/bytes.ts';
import { encode } from '../wire/codec.ts';
import type { Line } from '../wire/line.ts';
import type { Pair } from '../wire/scalars.ts';
import { meetFault } from './faults.ts';
import { sessionFacts, warningFor } from './session-facts.ts';

/** What is known of a client before it logs on. */
export type Stranger = Pick<Client, 'service' | 'driver' | 'address' | 'protocol'>;

/** Opens a session. A client that fails is told why; it may try again, and usually goes. */
export async function logOn(line: Line, database: Database, stranger: Stranger): Promise<Session> {
  for (;;) {
    try {
      return await attempt(line, database, stranger);
    } catch (error) {
      if (!(error instanceof OracleError)) throw error;
      database.statistics.failedLogons += 1;
    }
  }
}

async function attempt(line: Line, database: Database, stranger: Stranger): Promise<Session> {
  const first = await receive(line, 'challenge');
  const challenge = await tellingErrors(line, first.sequence, async () => {
    await meetFault('challenge', database, line);
    const challenge = database.challenge(first.user);
    reply(line, first.sequence, challenge.pairs);
    return challenge;
  });
  const second = await receive(line, 'proof');
  return tellingErrors(line, second.sequence, async () => {
    await meetFault('proof', database, line);
    const answer = valuesOf(second.pairs);
    const proof = challenge.check(answer);
    const client = { ...stranger, ...toldBy(valuesOf(first.pairs), answer, stranger) };
    const session = database.logOn(second.user, proof !== undefined, client);
    database.statistics.logons += 1;
    reply(
      line,
      second.sequence,
      sessionFacts(session, database.settings, proof ?? ''),
      warningFor(session, line.dialect),
    );
    return session;
  });
}

type Part = LogonPart & { readonly sequence: number };

async function receive(line: Line, kind: LogonPart['kind']): Promise<Part> {
  const { call, sequence } = await line.receive((from) => readRequest(from, () => undefined));
  if (call.kind !== kind) throw new Garbled(`read a ${kind}: a call of the kind ${call.kind} came`);
  return { ...call, kind, sequence };
}

function reply(line: Line, sequence: number, pairs: readonly Pair[], warning: Buffer = Buffer.alloc(0)): void {
  const { dialect } = line;
  line.sendData(Buffer.concat([warning, encode(logonAnswer, { pairs }, dialect), success({ sequence }, dialect)]));
}

async function tellingErrors<T>(line: Line, sequence: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OracleError) line.sendData(failure(error.told, { sequence }, line.dialect));
    throw error;
  }
}

const valuesOf = (pairs: readonly Pair[]) => new Map(pairs.map(({ key, value }) => [key, value]));

/** A client tells of itself with its name; a driver's own name may come with the proof. */
function toldBy(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>, { driver }: Stranger) {
  return {
    program: first.get('AUTH_PROGRAM_NM') ?? '',
    machine: first.get('AUTH_MACHINE') ?? '',
    osUser: first.get('AUTH_SID') ?? '',
    terminal: first.get('AUTH_TERMINAL') ?? '',
    driver: second.get('SESSION_CLIENT_DRIVER_NAME') ?? driver,
  };
}
