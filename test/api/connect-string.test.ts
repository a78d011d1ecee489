/** A profile is no Secret: a connect string with a place for credentials is rejected before it is stored. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { databaseSchema } from '../../src/api/database.ts';
import { CREDENTIALS, KNOWN_FORM } from '../../src/contract/connect-string.ts';
import { WITH_CREDENTIALS, WITHOUT_CREDENTIALS } from '../contract/connect-strings.ts';

const parsed = (connectString: string) =>
  databaseSchema.safeParse({ connectString, credentialsSecretRef: { name: 'db' } });

test.for(WITH_CREDENTIALS)('%j is rejected, and not repeated', (connectString) => {
  const { success, error } = parsed(connectString);
  expect(success).toBe(false);
  expect(JSON.stringify(error?.issues)).not.toContain('cr3t');
});

test.for(WITHOUT_CREDENTIALS)('%j reaches the probe', ([connectString]) => {
  expect(parsed(connectString).success).toBe(true);
});

test('the CRD has the same patterns, and the message says what to write instead', () => {
  const { error } = parsed('a/b@c');
  const crd = JSON.stringify(parse(readFileSync(`${import.meta.dirname}/../../crds/dbpoolprofiles.yaml`, 'utf8')));
  const message = error?.issues[0]?.message ?? '';
  expect(message).toMatch(/^connectString: write host:port\/service, .* without user and password/);
  const rule = `!has(self.connectString) || self.connectString.matches(r'${KNOWN_FORM}') && !self.connectString.matches(r'${CREDENTIALS}')`;
  expect(crd).toContain(JSON.stringify({ rule, message }).slice(1, -1));
});

test('the patterns have nothing that RE2 or a string of CEL does not take, or takes for something else', () => {
  expect(KNOWN_FORM + CREDENTIALS).not.toMatch(/\(\?[=!<]|\\[sSbBkpu]|'/);
});
