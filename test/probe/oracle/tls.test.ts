import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { type StandInSettings, startStandIn } from '../../oracle/stand-in.ts';
import { isLogonUnanswered } from '../../../src/contract/logon-results.ts';
import { createCertificate } from '../../support/certificate.ts';
import { environment } from '../environment.ts';
import { countAttempts, nobody } from '../servers.ts';

const server = createCertificate();
const DAY_MS = 24 * 3600 * 1000;
const stranger = createCertificate();

let folder: string;
const authorities = getCACertificates('default');
beforeEach(async () => {
  setDefaultCACertificates(authorities);
  folder = await mkdtemp(join(tmpdir(), 'trust-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

const verdictOf = (variables: Record<string, string | undefined>) =>
  probe(readParameters(variables), new Progress(), redactorFor(variables));

/** The verdict on a database with TLS. */
async function verdictOn(
  changes: Record<string, string | undefined>,
  { clientCa = '', ...settings }: StandInSettings & { readonly clientCa?: string } = {},
) {
  const tls = { ...server, ...(clientCa !== '' && { clientCa }) };
  await using database = await startStandIn({ ...settings, tls });
  return { verdict: await verdictOf(environment(database.connectString(), changes)) };
}

describe('TLS without a wallet', () => {
  test('trusts the CA certificate', async () => {
    const { verdict } = await verdictOn({ CA_FILE: await file('ca.crt', server.cert) });
    expect(verdict).toMatchObject({ outcome: 'Succeeded', reason: 'PoolOpened' });
  });

  test.for<[string, string | undefined, string]>([
    ['without a CA certificate', undefined, 'CertificateUntrusted'],
    ['with the certificate of another CA', stranger.cert, 'CertificateUntrusted'],
    ['with a file that is no certificate', 'no certificate', 'CaInvalid'],
  ])('%s says what is missing', async ([name, text, reason]) => {
    const changes = text === undefined ? {} : { CA_FILE: await file(`${name}.crt`, text) };
    const { verdict } = await verdictOn(changes);
    expect(verdict).toMatchObject({ reason, stage: 'tls' });
    expect(verdict.remediation).toMatch(/database\.caConfigMapKeyRef|PEM/);
  });

  test('with a CA whose ConfigMap does not exist says so', async () => {
    const { verdict } = await verdictOn({ CA_FILE: '/nowhere/ca.crt' });
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'CaMissing' });
    expect(verdict.message).toContain('database.caConfigMapKeyRef');
  });
});

describe('with TLS, a connection that is closed', () => {
  test.for<[string, string, string, boolean]>([
    ['after the handshake, as by a balancer without a database, sent no credentials', 'connect', 'listener', false],
    ['before the database has sent its challenge sent no password', 'challenge', 'server', false],
    ['after that may have sent it', 'proof', 'logon', true],
  ])('%s', async ([, at, stage, isSent]) => {
    await file('ewallet.pem', `${server.cert}${server.key}`);
    const { verdict } = await verdictOn({ WALLET_DIR: folder }, { faults: { [at]: { kind: 'close' } } });
    expect(verdict).toMatchObject({ reason: 'ConnectionClosed', stage });
    expect(isLogonUnanswered(verdict)).toBe(isSent);
  });
});

describe('a wallet', () => {
  test('is trusted and presented, and its expiry is reported', async () => {
    await file('ewallet.pem', `${server.cert}${server.key}`);
    const { verdict } = await verdictOn({ WALLET_DIR: folder }, { clientCa: server.cert });
    expect(verdict).toMatchObject({ outcome: 'Succeeded', reason: 'PoolOpened' });
    expect(verdict.walletExpiresInDays).toBeGreaterThanOrEqual(363);
  });

  test('that expires soon hides no password that expires soon', async () => {
    const soon = createCertificate({ endsAt: Date.now() + 3.5 * DAY_MS });
    await file('ewallet.pem', `${server.cert}${server.key}${soon.cert}`);
    const expiryDate = new Date(Date.now() + 9.5 * DAY_MS).toISOString();
    const { verdict } = await verdictOn({ WALLET_DIR: folder }, { users: { APP: { password: 'right', expiryDate } } });
    expect(verdict.warnings).toEqual([
      'A certificate of the wallet expires in 3 days',
      'The password of the user expires in 9 days',
    ]);
  });

  test.for<[string, Record<string, string>, string, string]>([
    ['that is not mounted', {}, 'WalletMissing', 'database.walletSecretRef'],
    [
      'in a form that only others read',
      { 'cwallet.sso': 'x', 'tnsnames.ora': '' },
      'UnsupportedByProbe',
      'cwallet.sso',
    ],
    ['that is no PEM', { 'ewallet.pem': 'x' }, 'WalletInvalid', 'NJS-505'],
    ['without a key', { 'ewallet.pem': server.cert }, 'WalletInvalid', 'NJS-505'],
  ])('%s is reported', async ([, files, reason, words]) => {
    for (const [name, text] of Object.entries(files)) await file(name, text);
    const { verdict } = await verdictOn({ WALLET_DIR: folder });
    expect(verdict).toMatchObject({ reason });
    expect(verdict.message).toContain(words);
  });

  test('with a wrong password does not reveal the password', async () => {
    const encrypted = createPrivateKey(server.key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'right',
    });
    await file('ewallet.pem', `${server.cert}${String(encrypted)}`);
    const right = await verdictOn({ WALLET_DIR: folder, WALLET_PASSWORD: 'right' });
    expect(right.verdict).toMatchObject({ reason: 'PoolOpened' });
    const wrong = await verdictOn({ WALLET_DIR: folder, WALLET_PASSWORD: 'hunter22' });
    expect(wrong.verdict).toMatchObject({ reason: 'WalletInvalid', stage: 'tls' });
    expect(JSON.stringify(wrong.verdict)).not.toContain('hunter22');
  });
});

describe('a wallet folder of the backend', () => {
  const inAlias = (port: number, folder: string) =>
    `orders_high = (description= (retry_count=20)(retry_delay=3)(address=(protocol=tcps)(port=${port})(host=127.0.0.1))(connect_data=(service_name=FREEPDB1))(security=(my_wallet_directory=${folder})(ssl_server_dn_match=yes)))`;

  test.for(['/opt/oracle/wallet', '"/opt/oracle/wallet"', '?/network/admin', 'SYSTEM'])(
    '%s in an alias is replaced by the wallet of the profile',
    async (named) => {
      await file('ewallet.pem', `${server.cert}${server.key}`);
      await using database = await startStandIn({ tls: { ...server, clientCa: server.cert } });
      await file('tnsnames.ora', inAlias(database.port, named));
      expect(await verdictOf(environment('orders_high', { WALLET_DIR: folder }))).toMatchObject({
        reason: 'PoolOpened',
      });
    },
  );

  test('in an easy connect string is replaced by the wallet of the profile', async () => {
    await file('ewallet.pem', `${server.cert}${server.key}`);
    await using database = await startStandIn({ tls: { ...server, clientCa: server.cert } });
    const connectString = `${database.connectString()}?wallet_location=/opt/oracle/wallet`;
    expect(await verdictOf(environment(connectString, { WALLET_DIR: folder }))).toMatchObject({ reason: 'PoolOpened' });
  });

  test('is replaced by the CA certificate of the profile', async () => {
    await using database = await startStandIn({ tls: server });
    const connectString = `${database.connectString()}?wallet_location=/opt/oracle/wallet`;
    const verdict = await verdictOf(environment(connectString, { CA_FILE: await file('ca.crt', server.cert) }));
    expect(verdict).toMatchObject({ reason: 'PoolOpened' });
  });

  test('without a wallet of the profile is missing, and the advice says what to do', async () => {
    await using database = await startStandIn({ tls: server });
    await file('tnsnames.ora', inAlias(database.port, '/opt/oracle/wallet'));
    const verdict = await verdictOf(environment('orders_high', { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'WalletMissing' });
    expect(verdict.remediation).toContain('ewallet.pem');
  });
});

describe('an alias', () => {
  const names = (port: string | undefined) =>
    `shop = (DESCRIPTION=(RETRY_COUNT=20)(RETRY_DELAY=3)(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${port}))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))`;

  test('is looked up in the tnsnames.ora of the wallet', async () => {
    await using database = await startStandIn();
    await file('tnsnames.ora', names(String(database.port)));
    const verdict = await verdictOf(environment('shop', { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'PoolOpened' });
  });

  test('with a RETRY_COUNT is tried once', async () => {
    await using server = await nobody();
    await file('tnsnames.ora', names(/:(\d+)/.exec(server.connectString)?.[1]));
    using counted = countAttempts();
    const verdict = await verdictOf(environment('SHOP', { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'ConnectionRefused' });
    expect(counted.attempts).toBe(1);
  });

  test('that is not in the tnsnames.ora is reported', async () => {
    await file('tnsnames.ora', names('1'));
    const verdict = await verdictOf(environment('orders', { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'TnsAliasNotFound' });
  });
});
