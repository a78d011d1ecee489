import { connect } from 'node:tls';
import type { ConnectionAttributes } from 'oracledb';
import { describe, expect, test } from 'vitest';
import { type Certificate, createCertificate } from '../support/certificate.ts';
import { loginTo, rowsOf, soon } from './login.ts';
import { startStandIn } from './stand-in.ts';

const server = createCertificate();
const stranger = createCertificate();

/** A driver takes its wallet for what it trusts and for what it shows of itself. */
const wallet = ({ cert, key }: Certificate): ConnectionAttributes => ({ walletContent: `${cert}${key}` });

describe('with TLS', () => {
  test('a driver that trusts the certificate logs on by TLS', async () => {
    await using standIn = await startStandIn({ tls: server });
    expect(standIn.connectString()).toMatch(/^tcps:\/\/127\.0\.0\.1:\d+\/FREEPDB1$/);
    const connection = await loginTo(standIn, wallet(server));
    expect(await rowsOf(connection, "SELECT sys_context('userenv', 'network_protocol') FROM dual")).toEqual([['tcps']]);
    await connection.close();
  });

  test.for<[string, (connectString: string) => ConnectionAttributes, string]>([
    ['that trusts another one', () => wallet(stranger), 'NJS-506'],
    ['that speaks no TLS', (connectString) => ({ connectString: connectString.replace('tcps://', '') }), 'NJS-500'],
  ])('a driver %s fails the TLS handshake, and the next one is served', async ([, changes, code]) => {
    await using standIn = await startStandIn({ tls: server });
    await expect(loginTo(standIn, changes(standIn.connectString()))).rejects.toMatchObject({ code });
    expect(standIn.statistics.connects).toBe(0);
    await (await loginTo(standIn, wallet(server))).close();
  });

  test('a TLS client needs a certificate where one is required', async () => {
    await using standIn = await startStandIn({ tls: { ...server, clientCa: server.cert } });
    await (await loginTo(standIn, wallet(server))).close();
    for (const own of [{}, stranger]) {
      const socket = connect({ host: '127.0.0.1', port: standIn.port, ca: server.cert, ...own });
      // What it is told hangs on how fast it reads: an alert, a reset, or just the end.
      socket.on('error', () => socket.destroy()).resume();
      await new Promise((resolve) => {
        socket.once('close', resolve);
      });
    }
    expect(standIn.statistics).toMatchObject({ connects: 1, logons: 1 });
    await soon(() => expect(standIn.inUse).toEqual({ sessions: 0, processes: 0 }));
  });

  test('a TLS listener may be slow before the handshake, or break it off', async () => {
    await using standIn = await startStandIn({ tls: server, faults: { accept: { kind: 'close', times: 1 } } });
    await expect(loginTo(standIn, wallet(server))).rejects.toMatchObject({ code: 'NJS-506' });
    standIn.change({ faults: { accept: { kind: 'delay', ms: 10 } } });
    await (await loginTo(standIn, wallet(server))).close();
  });
});
