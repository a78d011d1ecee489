/** Which certificates the probe trusts and presents: from a CA certificate or a wallet. Read once, before the network is used. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Parameters, Wallet } from '../input/parameters.ts';
import { own, ownWords } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';

const PEM_WALLET = 'ewallet.pem';
const OTHER_WALLETS = ['cwallet.sso', 'ewallet.p12'];
const TNSNAMES = 'tnsnames.ora';

const DAY_MS = 24 * 3600 * 1000;

/** A certificate that expires within so many days is worth a warning. */
const EXPIRY_WARNING_DAYS = 30;

/**
 * Makes Node's TLS trust the CA certificate, and returns the parameters with the wallet checked. Throws a ProbeError (CaMissing,
 * CaInvalid, WalletMissing, UnsupportedByProbe) for files that are missing or of another kind.
 */
export function configureTls(parameters: Parameters, progress: Progress): Parameters {
  const { caFile, wallet } = parameters;
  if (caFile !== undefined) trustCa(caFile);
  if (wallet === undefined) return parameters;
  const { hasPem } = readWallet(wallet, progress);
  return { ...parameters, wallet: hasPem ? wallet : undefined, tnsDir: wallet.dir };
}

function trustCa(file: string): void {
  if (!existsSync(file)) throw new ProbeError('CaMissing', own`spec.database.caConfigMapKeyRef does not exist`);
  const certificates = certificatesIn(readFileSync(file, 'utf8'));
  if (certificates.length === 0)
    throw new ProbeError('CaInvalid', own`spec.database.caConfigMapKeyRef holds no certificate in PEM form`);
  setDefaultCACertificates([...getCACertificates('default'), ...certificates.map(String)]);
}

function readWallet({ dir }: Wallet, progress: Progress): { readonly hasPem: boolean } {
  const files = existsSync(dir) ? readdirSync(dir) : [];
  const hasPem = files.includes(PEM_WALLET);
  const other = OTHER_WALLETS.find((name) => files.includes(name));
  if (!hasPem && other !== undefined)
    throw new ProbeError(
      'UnsupportedByProbe',
      ownWords(`the wallet is a ${other}, and the probe reads only ${PEM_WALLET}`),
    );
  if (!hasPem && !files.includes(TNSNAMES)) {
    throw new ProbeError(
      'WalletMissing',
      ownWords(`database.walletSecretRef does not exist or has neither ${PEM_WALLET} nor ${TNSNAMES}`),
    );
  }
  if (hasPem) recordExpiry(readFileSync(join(dir, PEM_WALLET), 'utf8'), progress);
  return { hasPem };
}

function recordExpiry(pem: string, progress: Progress): void {
  const ends = certificatesIn(pem).map(({ validToDate }) => validToDate.getTime());
  if (ends.length === 0) return;
  const days = Math.floor((Math.min(...ends) - Date.now()) / DAY_MS);
  progress.walletExpiresInDays = days;
  if (days < EXPIRY_WARNING_DAYS)
    progress.warnings.push(
      days < 0
        ? own`A certificate of the wallet has expired`
        : own`A certificate of the wallet expires in ${days} days`,
    );
}

/** The certificates of a PEM text. Blocks that do not parse are skipped: the driver reports what is wrong with them. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => parseCertificate(block) ?? []);
}

function parseCertificate(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
