/** What `sys_context('userenv', ...)` says of a session. */
import type { Scope } from './views.ts';

const KEYS: Readonly<Record<string, (scope: Scope) => string | number>> = {
  SESSION_USER: ({ session }) => session.user,
  CURRENT_USER: ({ session }) => session.user,
  CURRENT_SCHEMA: ({ session }) => session.user,
  SESSION_USERID: () => 100,
  SESSIONID: ({ session }) => session.sid + 100_000,
  SID: ({ session }) => session.sid,
  SERVICE_NAME: ({ session }) => session.client.service,
  DB_NAME: ({ database }) => database.settings.database.name,
  DB_UNIQUE_NAME: ({ database }) => database.settings.database.uniqueName,
  DB_DOMAIN: ({ database }) => database.settings.database.domain,
  CON_NAME: ({ database }) => database.settings.database.pdbName,
  CON_ID: () => 3,
  INSTANCE: () => 1,
  INSTANCE_NAME: ({ database }) => database.settings.database.instance,
  SERVER_HOST: ({ database }) => database.settings.database.host,
  DATABASE_ROLE: () => 'PRIMARY',
  NETWORK_PROTOCOL: ({ session }) => session.client.protocol,
  IP_ADDRESS: ({ session }) => session.client.address.replace('::ffff:', ''),
  HOST: ({ session }) => session.client.machine,
  OS_USER: ({ session }) => session.client.osUser,
  TERMINAL: ({ session }) => session.client.terminal,
  CLIENT_PROGRAM_NAME: ({ session }) => session.client.program,
  AUTHENTICATION_METHOD: () => 'PASSWORD',
  IDENTIFICATION_TYPE: () => 'LOCAL',
  ISDBA: () => 'FALSE',
  LANGUAGE: () => 'AMERICAN_AMERICA.AL32UTF8',
  LANG: () => 'US',
  NLS_TERRITORY: () => 'AMERICA',
};

/** Undefined for a key that there is none of. */
export const userEnvironment = (key: string, scope: Scope): string | undefined => {
  const value = KEYS[key.toUpperCase()]?.(scope);
  return value === undefined ? undefined : String(value);
};
