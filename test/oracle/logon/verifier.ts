/**
 * What a database keeps of a password, and the proof that a client has it. Challenge and answer, for each kind:
 *
 *   server: salt, E(hash, A)              hash is of password and salt
 *   client: E(hash, B), E(mix(A, B), password)
 *   server: E(mix(A, B), SERVER_TO_CLIENT)
 */
import { randomBytes } from 'node:crypto';
import type { Pair } from '../wire/scalars.ts';
import { decrypt, encrypt, hex, passwordIn, serverProof } from './cipher.ts';
import { mix11G, verifier11G } from './verifier-11g.ts';
import { mix12C, verifier12C } from './verifier-12c.ts';

/** 10G is what thin drivers refuse to use: it has a challenge and no arithmetic here. */
export type VerifierKind = '12C' | '11G' | '10G';

export type Verifier = {
  readonly kind: VerifierKind;
  readonly salt: Buffer;
  readonly hash: Buffer;
  readonly password: string;
};

export type Challenge = {
  /** What the client is given. */
  readonly pairs: readonly Pair[];
  /** The server's own proof, if the client's is right; undefined if it isn't. */
  readonly check: (answer: ReadonlyMap<string, string>) => string | undefined;
};

const TYPE: Readonly<Record<VerifierKind, number>> = { '12C': 0x4815, '11G': 0xb152, '10G': 0x939 };
const KEY_BYTES: Readonly<Record<VerifierKind, number>> = { '12C': 32, '11G': 48, '10G': 32 };
const MIXING_SALT_BYTES = 16;

/** Costs some milliseconds: made once for each password. */
export function createVerifier(kind: VerifierKind, password: string): Verifier {
  switch (kind) {
    case '12C':
      return { kind, password, ...verifier12C(password) };
    case '11G':
    case '10G':
      return { kind, password, ...verifier11G(password) };
  }
}

export function challenge({ kind, salt, hash, password }: Verifier): Challenge {
  const serverKey = randomBytes(KEY_BYTES[kind]);
  const mixingSalt = randomBytes(MIXING_SALT_BYTES);
  const mix = (clientKey: Buffer) =>
    kind === '12C' ? mix12C(serverKey, clientKey, mixingSalt) : mix11G(serverKey, clientKey);
  return {
    pairs: [
      { key: 'AUTH_SESSKEY', value: hex(encrypt(hash, serverKey)), flags: 0 },
      { key: 'AUTH_VFR_DATA', value: hex(salt), flags: TYPE[kind] },
      { key: 'AUTH_PBKDF2_CSK_SALT', value: hex(mixingSalt), flags: 0 },
      { key: 'AUTH_PBKDF2_VGEN_COUNT', value: '4096', flags: 0 },
      { key: 'AUTH_PBKDF2_SDER_COUNT', value: '3', flags: 0 },
    ],
    check(answer) {
      const clientKey = blocksIn(answer.get('AUTH_SESSKEY'));
      const secret = blocksIn(answer.get('AUTH_PASSWORD'));
      if (clientKey.length !== serverKey.length || secret.length < 32) return undefined;
      const key = mix(decrypt(hash, clientKey));
      return passwordIn(key, secret).equals(Buffer.from(password)) ? serverProof(key) : undefined;
    },
  };
}

/** Bytes of a hex text, in whole blocks of the cipher; none where they aren't. */
function blocksIn(text = ''): Buffer {
  const bytes = Buffer.from(text, 'hex');
  return bytes.length % 16 === 0 ? bytes : Buffer.alloc(0);
}
