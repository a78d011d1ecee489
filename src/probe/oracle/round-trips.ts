/** Tells from the driver's round trips whether it has sent the password. */
import oracledb from 'oracledb';

type Context = { readonly operation?: string };

/** The database answers them with what the driver needs to encrypt the password. A fast logon has all in one round trip. */
const CHALLENGES = ['oracledb.AuthMessage', 'oracledb.FastAuthMessage'];

/** What the driver sends before the password, each at most once. */
const BEFORE_PASSWORD = ['oracledb.ProtocolMessage', 'oracledb.DataTypeMessage', ...CHALLENGES];

/** Calls `reach` at the begin of each round trip. What follows a challenge, or is not known, may have the password. */
export class RoundTrips extends oracledb.traceHandler.TraceHandlerBase {
  readonly #reach: (stage: 'server' | 'logon') => void;
  readonly #expected = new Set(BEFORE_PASSWORD);

  /** The driver accepts only instances of its own base class. */
  constructor(reach: (stage: 'server' | 'logon') => void) {
    super();
    this.#reach = reach;
    this.enable();
  }

  override onBeginRoundTrip({ operation = '' }: Context): void {
    const isExpected = this.#expected.delete(operation);
    if (!isExpected || CHALLENGES.includes(operation)) this.#expected.clear();
    this.#reach(isExpected ? 'server' : 'logon');
  }
}
