/** What tells user and password from others without giving them away. Knows nothing of who keeps it. */
import { scrypt } from 'node:crypto';

/** 2 MiB and some milliseconds, in another thread. More would slow nobody down who guesses: 16 bits confirm no guess. */
const COST = { N: 2048, r: 8, p: 1 } as const;

/** 16 bits: enough to tell a new password from the refused one, too little to confirm a guess. */
const BYTES = 2;

/** Four hexadecimal digits; the same for the same user, password and salt. */
export function fingerprintOf(user: string, password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(`${canonical(user)}\0${password}`, salt, BYTES, COST, (error, key) => {
      if (error === null) resolve(key.toString('hex'));
      else reject(error);
    });
  });
}

/** To the database, names without quotes differ in nothing but case. */
const canonical = (user: string) => (user.startsWith('"') ? user : user.toUpperCase());
