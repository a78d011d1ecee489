/** What Oracle says with its codes. */
import type { OraError } from '../messages/endings.ts';

const TEXTS: Readonly<Record<number, string>> = {
  18: 'maximum number of sessions exceeded',
  20: 'maximum number of processes exceeded',
  28: 'your session has been killed',
  600: 'internal error code, arguments: [], [], [], [], [], [], [], []',
  900: 'invalid SQL statement',
  904: 'invalid identifier',
  911: 'invalid character',
  933: 'SQL command not properly ended',
  936: 'missing expression',
  942: 'table or view does not exist',
  1000: 'maximum open cursors exceeded',
  1001: 'invalid cursor',
  1008: 'not all variables bound',
  1013: 'user requested cancel of current operation',
  1017: 'invalid username/password; logon denied',
  1031: 'insufficient privileges',
  1033: 'ORACLE initialization or shutdown in progress',
  1034: 'ORACLE not available',
  1035: 'ORACLE only available to users with RESTRICTED SESSION privilege',
  1045: 'user lacks CREATE SESSION privilege; logon denied',
  1089: 'immediate shutdown or close in progress - no operations are permitted',
  1090: 'shutdown in progress - connection is not permitted',
  1403: 'no data found',
  1476: 'divisor is equal to zero',
  1918: 'user does not exist',
  1920: 'user name conflicts with another user or role name',
  1940: 'cannot drop a user that is currently connected',
  2379: 'profile already exists',
  2380: 'profile does not exist',
  2391: 'exceeded simultaneous SESSIONS_PER_USER limit',
  2396: 'exceeded maximum idle time, please connect again',
  2399: 'exceeded maximum connect time, you are being logged off',
  3113: 'end-of-file on communication channel',
  3115: 'unsupported network datatype or representation',
  12660: 'Encryption or crypto-checksumming parameters incompatible',
  28000: 'The account is locked.',
  28001: 'the password has expired',
};

/** The error of this code, with Oracle's text where it is known here. */
export const oraError = (code: number, text = TEXTS[code] ?? 'Message not found'): OraError => ({ code, text });

/** Ends a call with an error that the client is told. */
export class OracleError extends Error {
  override readonly name = 'OracleError' as const;
  readonly told: OraError;

  constructor(code: number, text?: string) {
    const told = oraError(code, text);
    super(`ORA-${String(code).padStart(5, '0')}: ${told.text}`);
    this.told = told;
  }
}
