import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { rejectProvider } from '../../../src/probe/input/provider.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { startStandIn } from '../../oracle/stand-in.ts';
import { environment } from '../environment.ts';

describe('a connect string that is loaded from elsewhere', () => {
  test.for([
    'config-file:///etc/db.json',
    'config-https://config.example/db',
    'config-azure://vault?key=orders',
    'config-ociobject://bucket/orders',
    ' CONFIG-AWSS3://bucket/orders',
    'jdbc:oracle:thin:@config-file:///etc/db.json',
    'ldap://oid.example/cn=orders',
    'ldaps://oid.example/cn=orders',
    'jdbc:oracle:thin:@ldap://oid.example/cn=orders',
  ])('%s is rejected by intent', (connectString) => {
    expect(() => rejectProvider(connectString)).toThrow(/is to be loaded by [\w-]+:\/\/, and the probe loads none/);
  });

  test.for(['config-db:1521/orders', 'ldap:1521/orders', 'db/config-file', 'tcps://ldap/x', 'config', ' orders '])(
    '%s is none',
    (connectString) => {
      expect(() => rejectProvider(connectString)).not.toThrow();
    },
  );

  test('a file that leads to another database is not read: no socket is opened', async () => {
    await using database = await startStandIn({});
    const folder = await mkdtemp(join(tmpdir(), 'provider-'));
    const file = join(folder, 'db.json');
    await writeFile(file, JSON.stringify({ connect_descriptor: database.connectString() }));
    const variables = environment(`config-file://${file}`);
    const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
    await rm(folder, { recursive: true });
    expect(verdict).toMatchObject({ outcome: 'Inconclusive', reason: 'UnsupportedByProbe', stage: 'start' });
    expect(verdict.message).toContain('config-file://');
    expect(verdict.remediation).toContain('Advisory');
    expect(database.statistics.connects).toBe(0);
  });
});
