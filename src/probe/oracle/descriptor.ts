/** A connect descriptor as the driver has parsed it, and what the probe changes in it. Pure. */
import { own, type OwnText } from '../verdict/own-text.ts';

/** `(NAME=atom)` or `(NAME=(..)(..))`. The driver's own tree has this shape, with null or nothing for what a node lacks. */
export type Descriptor = {
  readonly name: string;
  readonly atom?: string | null;
  readonly list?: readonly Descriptor[] | null;
};

export type Adjustments = {
  /** Most seconds that one address may take. */
  readonly timeoutSeconds: number;
  /** The profile gives wallet or CA certificate, so a wallet folder of the backend's file system is not looked for. */
  readonly dropsWalletFolder: boolean;
};

/** In a DESCRIPTION: how long the driver waits. Longer times are cut. */
const TIMEOUTS = new Set(['CONNECT_TIMEOUT', 'TRANSPORT_CONNECT_TIMEOUT', 'RECV_TIMEOUT']);

/**
 * In a DESCRIPTION. Retries hide the cause behind minutes of waiting, and no option of the driver overrides them; the probe's connections
 * are too short to expire. In another place the driver may reject them, and so must the probe.
 */
const DROPPED = new Set(['RETRY_COUNT', 'RETRY_DELAY', 'EXPIRE_TIME']);

/** In SECURITY. */
const WALLET_FOLDERS = new Set(['WALLET_LOCATION', 'MY_WALLET_DIRECTORY']);

const BALANCED = new Set(['DESCRIPTION_LIST', 'DESCRIPTION', 'ADDRESS_LIST']);
const MEMBERS = new Set(['DESCRIPTION', 'ADDRESS_LIST', 'ADDRESS']);

/** Of more members, the driver draws an order by a loop that never ends. */
const MAX_BALANCED = 10;

const nameOf = ({ name }: Descriptor) => name.toUpperCase();
const children = ({ list }: Descriptor) => list ?? [];

/** The descriptor without retries, with its times cut, and without the wallet folder of the backend. Services and addresses stay. */
export function adjust(descriptor: Descriptor, adjustments: Adjustments): Descriptor {
  if (descriptor.list === null || descriptor.list === undefined) return descriptor;
  const parent = nameOf(descriptor);
  const list = descriptor.list
    .filter((child) => !isDropped(parent, nameOf(child), adjustments))
    .map((child) => (parent === 'DESCRIPTION' ? cut(child, adjustments.timeoutSeconds) : child))
    .map((child) => adjust(child, adjustments));
  return { name: descriptor.name, list: isEndless(descriptor) ? inOrder(list) : list };
}

const isDropped = (parent: string, name: string, { dropsWalletFolder }: Adjustments) =>
  (parent === 'DESCRIPTION' && DROPPED.has(name)) ||
  (parent === 'SECURITY' && dropsWalletFolder && WALLET_FOLDERS.has(name));

const cut = (node: Descriptor, timeoutSeconds: number): Descriptor =>
  TIMEOUTS.has(nameOf(node)) && Number(node.atom) > timeoutSeconds ? { ...node, atom: String(timeoutSeconds) } : node;

const isEndless = (node: Descriptor) =>
  BALANCED.has(nameOf(node)) && children(node).filter((child) => MEMBERS.has(nameOf(child))).length > MAX_BALANCED;

const inOrder = (list: readonly Descriptor[]): readonly Descriptor[] => [
  ...list.filter((child) => nameOf(child) !== 'LOAD_BALANCE'),
  { name: 'LOAD_BALANCE', atom: 'OFF' },
];

/** The descriptor as text that the driver parses into the same tree. */
export function textOf({ name, atom, list }: Descriptor): string {
  const value = list === null || list === undefined ? quoted(atom, PLAIN_VALUE) : list.map(textOf).join('');
  return `(${quoted(name, PLAIN_NAME)}=${value})`;
}

/** What needs no quotes: the driver's tokenizer ends a name at more characters than a value, and a backslash guards the next one. */
const PLAIN_VALUE = /^(?!["'=,])(?:\\.|[^\\()])+$/s;
const PLAIN_NAME = /^(?!["'])(?:\\.|[^\\()=,])+$/s;

/** In quotes where needed. The driver has taken them off, and left each backslash with the character behind it. */
function quoted(text: string | null | undefined, plain: RegExp): string {
  if (text === null || text === undefined) return '';
  if (plain.test(text)) return text;
  const bare = text.replaceAll(/\\./gs, '');
  // White space behind a backslash was trimmed.
  const guarded = bare.endsWith('\\') ? `${text} ` : text;
  return bare.includes('"') ? `'${guarded}'` : `"${guarded}"`;
}

export type DescribedAddress = {
  readonly protocol: string | undefined;
  readonly host: string;
  /** NaN where the text is no number. */
  readonly port: number;
  readonly portText: string;
  /** A proxy resolves the host. */
  readonly isBehindProxy: boolean;
};

export const DEFAULT_PORT = 1521;

const MAX_PORT = 65_535;

/** All addresses, in the order of the text. Without a HOST, the host is empty: the driver takes this machine for it. */
export function addressesIn(descriptor: Descriptor): readonly DescribedAddress[] {
  if (nameOf(descriptor) !== 'ADDRESS') return children(descriptor).flatMap(addressesIn);
  const value = (name: string) => children(descriptor).find((child) => nameOf(child) === name)?.atom ?? undefined;
  const portText = value('PORT') ?? '';
  return [
    {
      protocol: value('PROTOCOL')?.toLowerCase(),
      host: value('HOST') ?? '',
      port: portText === '' ? DEFAULT_PORT : Number(portText),
      portText,
      isBehindProxy: value('HTTPS_PROXY') !== undefined,
    },
  ];
}

export type AddressProblem = {
  readonly reason: 'ConnectStringInvalid' | 'UnsupportedByProbe';
  readonly problem: OwnText;
};

/** So many values are told, and so much of each. */
const MAX_VALUES = 3;
const MAX_VALUE_LENGTH = 20;

const PROBLEMS: readonly (AddressProblem & {
  readonly has: (address: DescribedAddress) => boolean;
  /** The value that is wrong. */
  readonly wrongValue?: (address: DescribedAddress) => string;
})[] = [
  {
    reason: 'ConnectStringInvalid',
    problem: own`no ADDRESS has a PROTOCOL`,
    has: ({ protocol }) => protocol === undefined,
  },
  {
    reason: 'UnsupportedByProbe',
    problem: own`the driver connects by the protocols tcp and tcps alone`,
    has: ({ protocol }) => protocol !== 'tcp' && protocol !== 'tcps',
  },
  {
    reason: 'ConnectStringInvalid',
    problem: own`expected a PORT from 1 to ${MAX_PORT}`,
    // Of 0, and of what is no number, the driver makes 1521.
    has: ({ port }) => !(Number.isInteger(port) && port >= 1 && port <= MAX_PORT),
    wrongValue: ({ portText }) => portText,
  },
];

/** Why no address can be tried. With one that can, the driver decides. */
export function problemOfAddresses(descriptor: Descriptor): AddressProblem | undefined {
  const addresses = addressesIn(descriptor);
  if (addresses.length === 0) return { reason: 'ConnectStringInvalid', problem: own`the descriptor has no ADDRESS` };
  const found = PROBLEMS.find(({ has }) => addresses.every(has));
  if (found?.wrongValue === undefined) return found;
  const values = [...new Set(addresses.map(found.wrongValue))].map((value) => value.slice(0, MAX_VALUE_LENGTH));
  return { ...found, problem: own`${found.problem}, got ${values.slice(0, MAX_VALUES).join(', ')}` };
}

/** Whether a listener can tell from it which database is meant. */
export const namesService = (descriptor: Descriptor): boolean =>
  (/^(?:SERVICE_NAME|SID)$/.test(nameOf(descriptor)) && (descriptor.atom ?? '') !== '') ||
  children(descriptor).some(namesService);
