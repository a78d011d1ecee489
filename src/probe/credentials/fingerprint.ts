/** Tells one pair of user and password from another without revealing either. */
import { scrypt } from 'node:crypto';

/** 2 MiB and a few milliseconds, in another thread. A higher cost would not help: 16 bits cannot confirm a guess. */
const COST = { N: 2048, r: 8, p: 1 } as const;

/** 16 bits: enough to tell a new password from the rejected one, too few to confirm a guess. */
const BYTES = 2;

/** Four hexadecimal digits that depend on user, password and salt. The user's case is ignored unless the name is quoted. */
export function fingerprintOf(user: string, password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(`${canonical(user)}\0${password}`, salt, BYTES, COST, (error, key) => {
      if (error === null) resolve(key.toString('hex'));
      else reject(error);
    });
  });
}

/** Oracle folds unquoted names to upper case. */
const canonical = (user: string) => (user.startsWith('"') ? user : user.toUpperCase());
