/** The verifier of Oracle 11: SHA-1. Drivers in thin mode still use it where an account has no newer one. */
import { createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 24;
const MIXED_FROM = 16;

export function verifier11G(
  password: string,
  salt = randomBytes(10),
): { readonly salt: Buffer; readonly hash: Buffer } {
  const digest = createHash('sha1').update(password).update(salt).digest();
  return { salt, hash: Buffer.concat([digest, Buffer.alloc(KEY_BYTES - digest.length)]) };
}

export function mix11G(serverKey: Buffer, clientKey: Buffer): Buffer {
  const mixed = Buffer.from(serverKey.map((byte, index) => byte ^ (clientKey[index] ?? 0))).subarray(
    MIXED_FROM,
    MIXED_FROM + KEY_BYTES,
  );
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
  return Buffer.concat([md5(mixed.subarray(0, 16)), md5(mixed.subarray(16))]).subarray(0, KEY_BYTES);
}
