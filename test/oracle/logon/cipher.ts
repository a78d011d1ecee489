/** The one cipher of logons: AES in CBC mode, an initial vector of zeroes, padding made by hand or not at all. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NO_VECTOR = Buffer.alloc(16);
const SALT_BYTES = 16;

const algorithmFor = (key: Buffer) => `aes-${key.length * 8}-cbc`;

export function encrypt(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(algorithmFor(key), key, NO_VECTOR).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

export function decrypt(key: Buffer, secret: Buffer): Buffer {
  const decipher = createDecipheriv(algorithmFor(key), key, NO_VECTOR).setAutoPadding(false);
  return Buffer.concat([decipher.update(secret), decipher.final()]);
}

/** What the server sends to show that it has the password too. */
export function serverProof(key: Buffer): string {
  const padding = Buffer.alloc(16, 16);
  return hex(encrypt(key, Buffer.concat([randomBytes(SALT_BYTES), Buffer.from('SERVER_TO_CLIENT'), padding])));
}

/** A password as clients send it: behind 16 random bytes, padded with bytes that tell their own number. */
export function passwordIn(key: Buffer, secret: Buffer): Buffer {
  const plain = decrypt(key, secret);
  return plain.subarray(SALT_BYTES, plain.length - (plain.at(-1) ?? 0));
}

export const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
