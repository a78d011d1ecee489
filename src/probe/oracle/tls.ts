/** Whom the probe trusts and what it shows of itself: an authority's certificate, or a wallet. Read once, before the network. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Parameters, Wallet } from '../input/parameters.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';
import { descriptorOf } from './tnsnames.ts';

const PEM_WALLET = 'ewallet.pem';
const OTHER_WALLETS = ['cwallet.sso', 'ewallet.p12'];
const TNSNAMES = 'tnsnames.ora';

const DAY_MS = 24 * 3600 * 1000;

/** Days before its end from which on a certificate is worth a warning. */
const SOON_DAYS = 30;

/**
 * Makes the certificates known to TLS and puts the descriptor in the place of an alias. Throws a ProbeError where a file is
 * missing or is none of its kind.
 */
export function trust(parameters: Parameters, progress: Progress): Parameters {
  const { caFile, wallet, database } = parameters;
  if (caFile !== undefined) trustAuthority(caFile);
  if (wallet === undefined) return parameters;
  const { hasPem, tnsnames } = readWallet(wallet, progress);
  const isAlias = /^[^\s:/()=]+$/.test(database.connectString.trim());
  const descriptor = isAlias && tnsnames !== undefined ? descriptorOf(database.connectString, tnsnames) : undefined;
  // The driver reads the file as well, and may find there what we do not.
  if (isAlias) progress.descriptor = descriptor ?? tnsnames;
  return {
    ...parameters,
    wallet: hasPem ? wallet : undefined,
    tnsFolder: wallet.folder,
    database: { ...database, connectString: descriptor ?? database.connectString },
  };
}

function trustAuthority(file: string): void {
  if (!existsSync(file))
    throw new ProbeError('CaMissing', 'the ConfigMap of database.caConfigMapKeyRef is not there, or has no such key');
  const certificates = certificatesIn(readFileSync(file, 'utf8'));
  if (certificates.length === 0)
    throw new ProbeError('CaInvalid', 'what database.caConfigMapKeyRef names holds no certificate in PEM form');
  setDefaultCACertificates([...getCACertificates('default'), ...certificates.map(String)]);
}

function readWallet({ folder }: Wallet, progress: Progress): { hasPem: boolean; tnsnames: string | undefined } {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const hasPem = files.includes(PEM_WALLET);
  const other = OTHER_WALLETS.find((name) => files.includes(name));
  if (!hasPem && other !== undefined)
    throw new ProbeError('UnsupportedByProbe', `the wallet is a ${other}: only ${PEM_WALLET} can be read`);
  if (!hasPem && !files.includes(TNSNAMES)) {
    throw new ProbeError(
      'WalletMissing',
      `the Secret of database.walletSecretRef is not there, or has neither ${PEM_WALLET} nor ${TNSNAMES}`,
    );
  }
  if (hasPem) lookAtExpiry(readFileSync(join(folder, PEM_WALLET), 'utf8'), progress);
  return { hasPem, tnsnames: files.includes(TNSNAMES) ? readFileSync(join(folder, TNSNAMES), 'utf8') : undefined };
}

function lookAtExpiry(pem: string, progress: Progress): void {
  const ends = certificatesIn(pem).map(({ validToDate }) => validToDate.getTime());
  if (ends.length === 0) return;
  const days = Math.floor((Math.min(...ends) - Date.now()) / DAY_MS);
  progress.walletExpiresInDays = days;
  if (days < SOON_DAYS)
    progress.warnings.push(
      days < 0 ? 'A certificate of the wallet has expired' : `A certificate of the wallet expires in ${days} days`,
    );
}

/** What is no certificate is passed over: the driver says what is wrong with it. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => certificateIn(block) ?? []);
}

function certificateIn(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
