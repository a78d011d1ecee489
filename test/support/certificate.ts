/**
 * A certificate for 127.0.0.1, signed by itself and made anew by each process: no key lies in the repository, and no
 * openssl has to be on the machine. Node can sign but not write certificates, so its DER is put together here.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export type Certificate = { readonly cert: string; readonly key: string };

const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, time: 0x18, sequence: 0x30, set: 0x31 };
const OID = { ecdsaWithSha256: '2a8648ce3d040302', commonName: '550403', subjectAltName: '551d11' };
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Valid since a year ago; for a year more, or until `endsAt`, which may be past. */
export function createCertificate({ endsAt = Date.now() + YEAR_MS }: { readonly endsAt?: number } = {}): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, oid(OID.ecdsaWithSha256));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, oid(OID.commonName), der(TAG.utf8, Buffer.from('test')))),
  );
  const loopback = der(TAG.sequence, der(0x87, Buffer.from([127, 0, 0, 1])));
  const toBeSigned = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(TAG.sequence, time(Date.now() - YEAR_MS), time(endsAt)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(TAG.sequence, der(TAG.sequence, oid(OID.subjectAltName), der(TAG.octets, loopback)))),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = der(TAG.sequence, toBeSigned, algorithm, der(TAG.bits, Buffer.from([0]), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Tag, length, contents: all that DER is. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length];
  return Buffer.concat([Buffer.from(head), body]);
}

const oid = (hex: string) => der(TAG.oid, Buffer.from(hex, 'hex'));

const time = (at: number) => der(TAG.time, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\..*/g, '')}Z`));
