import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StandInSettings, startStandIn } from '../oracle/stand-in.ts';
import { environment } from './environment.ts';
import { nobody } from './servers.ts';
import { encodeVerdict } from '../../src/probe/verdict/termination-message.ts';
import { readParameters } from '../../src/probe/input/parameters.ts';
import { probe } from '../../src/probe/probe.ts';
import { Progress } from '../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../src/probe/verdict/redact.ts';

const PASSWORD = 'planted-pa$$word';
const WALLET = 'planted-wallet';
const IN_STRING = 'planted-in-string';

const echo: StandInSettings = {
  faults: { proof: { kind: 'error', code: 1017, text: `no logon with ${PASSWORD}, and none with ${WALLET}` } },
};
const echoInQuery: StandInSettings = {
  users: { APP: { password: PASSWORD } },
  faults: { execute: { kind: 'error', code: 20_001, text: `you are ${PASSWORD}` } },
};

/** Every place in which somebody may put a credential, and from which a driver or a database may repeat it. */
describe('a planted credential is not in the output', () => {
  test.for<[string, StandInSettings, (connectString: string) => string, Record<string, string>]>([
    ['in the database’s answer to the logon', echo, (text) => text, {}],
    ['in the database’s answer to a query', echoInQuery, (text) => text, {}],
    ['before the address', {}, (text) => `app/${IN_STRING}@${text}`, {}],
    ['before the address, in a URL', {}, (text) => `oracle://app:${IN_STRING}@${text}`, {}],
    ['in a connect string that cannot be parsed', {}, () => `(DESCRIPTION=(PASSWORD=${IN_STRING})(ADDRESS=`, {}],
    ['as a parameter of Easy Connect', {}, (text) => `tcps://${text}?wallet_password=${IN_STRING}&retry=(`, {}],
    [
      'before a word of 60 kB',
      {},
      () => `app/${IN_STRING}@${'x'.repeat(60_000)}`,
      { PROBE_SECRET_CONNECT_STRING: '1' },
    ],
    ['in the place of the user', {}, (text) => text, { DB_USER: 'planted-as-user' }],
    ['in a number', {}, (text) => text, { DB_POOL_MIN: '' }],
    ['in the logon results', {}, (text) => text, { PROBE_LOGON_RESULTS: `{"${PASSWORD}":1}` }],
    ['with a salt', {}, (text) => text, { PROBE_SALT: 'salt' }],
    ['with a wallet that does not exist', {}, (text) => `tcps://${text}`, { WALLET_DIR: '/nowhere' }],
  ])('%s', async ([, settings, connectString, changes]) => {
    await using database = await startStandIn(settings);
    const given = { DB_PASSWORD: PASSWORD, WALLET_PASSWORD: WALLET, ...changes };
    const variables = environment(connectString(database.connectString()), given);
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    expect(verdict.outcome).not.toBe('Succeeded');
    expect(JSON.stringify(verdict) + encodeVerdict(verdict)).not.toMatch(/planted/);
  });
});

/** Where the connect string comes from a Secret, its hosts, ports and services are secret, too. */
describe('a connect string from a Secret is not in the output', () => {
  test.for<[string, string]>([
    ['where its host does not resolve', 'planted-host.invalid:15210/planted.service'],
    ['where it cannot be parsed', '(DESCRIPTION=(ADDRESS=(HOST=planted-host)(PORT=15210)(PROTOCOL=tcp)'],
    ['where it is an alias', 'planted-alias'],
    [
      'where nothing listens',
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=1))(CONNECT_DATA=(SID=planted)))',
    ],
    ['where a name resolves to the address', 'localhost:1/planted'],
  ])('%s', async ([, connectString]) => {
    const variables = environment(connectString, { PROBE_SECRET_CONNECT_STRING: 'true' });
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    expect(verdict.outcome).not.toBe('Succeeded');
    expect(verdict.message).not.toMatch(/planted|15210|127\.0\.0\.1|::1|localhost|:1\b/);
  });

  test.for<[string, string]>([
    ['as the probe finds it', 'planted = ENTRY'],
    ['where only the driver finds it', '# \n  planted = ENTRY'],
  ])('where it is an alias of a tnsnames.ora, %s', async ([, file]) => {
    await using server = await nobody();
    const [, port = ''] = /:(\d+)/.exec(server.connectString) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'wallet-'));
    const entry = `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=localhost)(PORT=${port}))(CONNECT_DATA=(SID=planted)))`;
    await writeFile(join(folder, 'tnsnames.ora'), file.replace('ENTRY', entry));
    const given = { PROBE_SECRET_CONNECT_STRING: 'true', WALLET_DIR: folder };
    const variables = environment('planted', given);
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    await rm(folder, { recursive: true });
    expect(verdict.reason).toBe('ConnectionRefused');
    for (const word of ['planted', 'localhost', port]) expect(encodeVerdict(verdict)).not.toContain(word);
  });

  test('where the listener does not know the service', async () => {
    await using database = await startStandIn({});
    const [address = ''] = database.connectString().split('/');
    const variables = environment(`${address}/planted-service`, { PROBE_SECRET_CONNECT_STRING: 'true' });
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    expect(verdict.outcome).not.toBe('Succeeded');
    expect(encodeVerdict(verdict)).not.toContain('planted-service');
    expect(encodeVerdict(verdict)).not.toContain(address);
  });

  test('where the database reports its own name', async () => {
    await using database = await startStandIn({});
    const variables = environment(database.connectString(), { PROBE_SECRET_CONNECT_STRING: 'true' });
    const [, service = ''] = database.connectString().split('/');
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    expect(verdict.outcome).toBe('Succeeded');
    expect(encodeVerdict(verdict).toLowerCase()).not.toContain(service.toLowerCase());
    expect(verdict.database?.version).toBe('19.0.0.0.0');
  });
});
