/** What a client is told with the success of its logon. */
import type { Session } from '../database/session.ts';
import { logonWarning } from '../messages/logon.ts';
import { BANNER } from '../messages/negotiation.ts';
import type { Settings } from '../settings.ts';
import { encode } from '../wire/codec.ts';
import type { Dialect } from '../wire/dialect.ts';
import type { Pair } from '../wire/scalars.ts';
import { MAX_OPEN_CURSORS } from './cursors.ts';

export function sessionFacts(session: Session, { database }: Settings, proof: string): readonly Pair[] {
  const facts: Readonly<Record<string, string>> = {
    AUTH_VERSION_STRING: BANNER,
    AUTH_VERSION_NO: String(versionNumber(database.version)),
    AUTH_SVR_RESPONSE: proof,
    AUTH_SESSION_ID: String(session.sid),
    AUTH_SERIAL_NUM: String(session.serial),
    // Drivers take the first as the pluggable database's name, and the second as the database's.
    AUTH_DBNAME: database.pdbName,
    AUTH_SC_DBUNIQUE_NAME: database.name,
    AUTH_SC_REAL_DBUNIQUE_NAME: database.uniqueName,
    AUTH_SC_SERVICE_NAME: session.client.service,
    AUTH_SC_DB_DOMAIN: database.domain,
    AUTH_SC_SERVER_HOST: database.host,
    AUTH_INSTANCENAME: database.instance,
    AUTH_MAX_OPEN_CURSORS: String(MAX_OPEN_CURSORS),
    AUTH_MAX_IDEN_LENGTH: '128',
    AUTH_NLS_LXLAN: 'AMERICAN',
    AUTH_NLS_LXCTERRITORY: 'AMERICA',
  };
  return Object.entries(facts).map(([key, value]) => ({ key, value, flags: 0 }));
}

/** `19.3.0.0.0` as clients unpack it. */
export function versionNumber(version: string): number {
  const [major = 0, release = 0, update = 0, port = 0, portUpdate = 0] = version.split('.').map(Number);
  return major * 2 ** 24 + (release << 16) + (update << 12) + (port << 4) + portUpdate;
}

/** ORA-28002 for a password in its days of grace; nothing for others. */
export function warningFor({ account }: Session, dialect: Dialect): Buffer {
  if (account.status !== 'EXPIRED(GRACE)') return Buffer.alloc(0);
  const text = `ORA-28002: the password will expire within ${account.settings.graceDays} days\n`;
  return encode(logonWarning, { code: 28002, textLength: Buffer.byteLength(text), text }, dialect);
}
