/** Keeps credentials out of verdict and log. Pure, and linear in the length of each text. */
import { isWithoutCredentials } from '../../contract/connect-string.ts';
import { isPublicWord } from './public-words.ts';
import { secretNames } from './secret-names.ts';

/** Replaces each secret in a text by ***. `descriptor` is the descriptor of the alias that the connect string names. */
export type Redact = (text: string, descriptor?: string) => string;

/** What is shorter would be found in every other word. */
const SHORTEST = 3;

const WITHHELD = '(text withheld: the connect string has a form that may hold credentials)';

type Secrets = {
  /** Longest first; undefined where nobody knows them, because a connect string may hold more of them. */
  readonly passwords: readonly string[] | undefined;
  /** Of hosts, ports and services; undefined where they are no secret. */
  readonly names: ReadonlySet<string> | undefined;
};

/**
 * Redacts both passwords, but for public words, and for what is shorter than three characters: gaps would tell these. Where the connect
 * string comes from a Secret (PROBE_SECRET_CONNECT_STRING), hosts, ports, services and addresses are redacted, too. Where it may hold
 * credentials, texts are withheld: what the driver repeats of it cannot be told. Works on invalid parameters.
 */
export function redactorFor(environment: NodeJS.ProcessEnv): Redact {
  // One verdict has many texts.
  let known: (Secrets & { readonly descriptor: string }) | undefined;
  return (text, descriptor = '') => {
    if (known?.descriptor !== descriptor) known = { descriptor, ...secretsOf(environment, descriptor) };
    if (known.passwords === undefined) return WITHHELD;
    const redacted = known.passwords.reduce(hide, text);
    return known.names === undefined ? redacted : redactAddresses(redacted, known.names);
  };
}

function secretsOf(environment: NodeJS.ProcessEnv, descriptor: string): Secrets {
  const { DB_PASSWORD = '', WALLET_PASSWORD = '', DB_CONNECT_STRING = '', PROBE_SECRET_CONNECT_STRING } = environment;
  const connectStrings = [DB_CONNECT_STRING, descriptor].filter((text) => text !== '');
  const passwords = [DB_PASSWORD, WALLET_PASSWORD]
    // The driver prints a connect string without white space.
    .flatMap((password) => [password, password.trim(), password.replaceAll(/\s/g, '')])
    .filter(({ length }) => length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length);
  return {
    passwords: connectStrings.every(isWithoutCredentials) ? [...new Set(passwords)] : undefined,
    names: PROBE_SECRET_CONNECT_STRING === undefined ? undefined : secretNames(connectStrings.join(' ')),
  };
}

/** Characters of a secret that are searched for. A search for all of them may take as long as text and secret multiplied. */
const SEARCHED = 64;

/**
 * Replaces the secret by ***, and as many characters where a text begins like the secret and goes on differently. Leaves it where it is a
 * part of public words.
 */
function hide(text: string, secret: string): string {
  const parts: string[] = [];
  const begin = secret.slice(0, SEARCHED);
  let kept = 0;
  for (let at = text.indexOf(begin); at >= 0;) {
    const end = at + secret.length;
    if (!isPublic(text, at, end)) {
      parts.push(text.slice(kept, at));
      kept = end;
    }
    at = text.indexOf(begin, end);
  }
  return [...parts, text.slice(kept)].join('***');
}

/** A word as names are made of. */
const WORD = /[\p{L}\p{N}_.$#-]+/gu;

const [LAST_WORD, FIRST_WORD] = [/[\p{L}\p{N}_.$#-]*$/u, /^[\p{L}\p{N}_.$#-]*/u];

/** Characters of the longest public word. */
const MAX_WORD_LENGTH = 32;

/** Whether the words that have a part between the two places are all public. */
function isPublic(text: string, from: number, to: number): boolean {
  if (to - from > SEARCHED) return false;
  const [before = ''] = LAST_WORD.exec(text.slice(Math.max(0, from - MAX_WORD_LENGTH), from)) ?? [];
  const [after = ''] = FIRST_WORD.exec(text.slice(to, to + MAX_WORD_LENGTH)) ?? [];
  const words = `${before}${text.slice(from, to)}${after}`.match(WORD) ?? [];
  return words.length > 0 && words.every((word) => isPublicWord(word.replace(/\.$/, '').toLowerCase()));
}

/**
 * IPv4 and IPv6, but no time of day and no version: of five numbers, behind the word, or one of the releases 11 and 12 where no host and no
 * port is meant.
 */
const ADDRESSES = [
  /(?<![\d.])(?<!\b(?:version|release) )(?!(?<!host )1[12]\.[12]\.0\.\d(?![\d.:]))\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/gi,
  /(?<![\w:])(?!\d\d:\d\d:\d\d(?![\w:]))(?:[\da-f]{0,4}:){2,7}[\da-f.]{0,40}(?![\w:])/gi,
];

/** Redacts every word that is one of the names, the names between its dots, and every IP address. */
function redactAddresses(text: string, names: ReadonlySet<string>): string {
  const isSecret = (word: string) => names.has(word.toLowerCase());
  const redacted = text.replaceAll(WORD, (word) => {
    if (isSecret(word)) return '***';
    // A sentence may end after it.
    if (word.endsWith('.') && isSecret(word.slice(0, -1))) return '***.';
    return word
      .split('.')
      .map((part) => (/\p{L}/u.test(part) && isSecret(part) ? '***' : part))
      .join('.');
  });
  return ADDRESSES.reduce((rest, pattern) => rest.replaceAll(pattern, '***'), redacted);
}
