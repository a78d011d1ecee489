/** The verifier of Oracle 12.1.0.2 and later: PBKDF2 over SHA-512. */
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { hex } from './cipher.ts';

const ITERATIONS = 4096;
const MIXING_ITERATIONS = 3;
const KEY_BYTES = 32;

export function verifier12C(
  password: string,
  salt = randomBytes(16),
): { readonly salt: Buffer; readonly hash: Buffer } {
  const speedySalt = Buffer.concat([salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')]);
  const passwordKey = pbkdf2Sync(password, speedySalt, ITERATIONS, 64, 'sha512');
  const hash = createHash('sha512').update(passwordKey).update(salt).digest().subarray(0, KEY_BYTES);
  return { salt, hash };
}

export function mix12C(serverKey: Buffer, clientKey: Buffer, salt: Buffer): Buffer {
  const both = Buffer.concat([clientKey.subarray(0, KEY_BYTES), serverKey.subarray(0, KEY_BYTES)]);
  return pbkdf2Sync(hex(both), salt, MIXING_ITERATIONS, KEY_BYTES, 'sha512');
}
