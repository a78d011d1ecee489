import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decrypt, encrypt, hex } from './cipher.ts';
import { challenge, type Challenge, createVerifier } from './verifier.ts';

/** What a client makes of a challenge, written down apart from the server's side: 12C alone. */
function answer({ pairs }: Challenge, password: string) {
  const given = (key: string) => Buffer.from(pairs.find((pair) => pair.key === key)?.value ?? '', 'hex');
  const salt = given('AUTH_VFR_DATA');
  const speedySalt = Buffer.concat([salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')]);
  const passwordKey = pbkdf2Sync(password, speedySalt, 4096, 64, 'sha512');
  const hash = createHash('sha512').update(passwordKey).update(salt).digest().subarray(0, 32);
  const serverKey = decrypt(hash, given('AUTH_SESSKEY'));
  const clientKey = randomBytes(32);
  const mixed = Buffer.from(hex(Buffer.concat([clientKey, serverKey])));
  const key = pbkdf2Sync(mixed, given('AUTH_PBKDF2_CSK_SALT'), 3, 32, 'sha512');
  const padding = 16 - (Buffer.byteLength(password) % 16);
  const secret = Buffer.concat([randomBytes(16), Buffer.from(password), Buffer.alloc(padding, padding)]);
  const told = new Map([
    ['AUTH_SESSKEY', hex(encrypt(hash, clientKey))],
    ['AUTH_PASSWORD', hex(encrypt(key, secret))],
  ]);
  return { told, key };
}

describe('a challenge of the 12C verifier', () => {
  test.for(['right', 'a', 'sixteen letters!', 'Pässwörter sind länger als ein Block', 'x'.repeat(300)])(
    'a 12C challenge is met with the password %s, and the server proves that it knows it, too',
    (password) => {
      const one = challenge(createVerifier('12C', password));
      const { told, key } = answer(one, password);
      const proof = one.check(told);
      expect(
        decrypt(key, Buffer.from(proof ?? '', 'hex'))
          .subarray(16, 32)
          .toString(),
      ).toBe('SERVER_TO_CLIENT');
    },
  );

  test.for(['wrong', '', 'right ', 'Right'])('a 12C challenge is not met by %j', (password) => {
    const one = challenge(createVerifier('12C', 'right'));
    expect(one.check(answer(one, password).told)).toBeUndefined();
  });

  test('a 12C challenge is not met by the answer to another one, nor by bytes that are no answer', () => {
    const verifier = createVerifier('12C', 'right');
    const { told } = answer(challenge(verifier), 'right');
    expect(challenge(verifier).check(told)).toBeUndefined();
    expect(challenge(verifier).check(new Map())).toBeUndefined();
    expect(
      challenge(verifier).check(
        new Map([
          ['AUTH_SESSKEY', 'no hex'],
          ['AUTH_PASSWORD', 'AB'],
        ]),
      ),
    ).toBeUndefined();
  });
});
