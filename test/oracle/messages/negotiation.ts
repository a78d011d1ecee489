/** How client and server agree on versions, capabilities and data types, and what that means for all later messages. */
import { type Codec, layout, preset } from '../wire/codec.ts';
import { type Dialect, FIELD_VERSION } from '../wire/dialect.ts';
import { type Reader, Writer } from '../wire/bytes.ts';
import { bytes, clr, terminated, u16be, u16le, u8 } from '../wire/scalars.ts';

/** What the server says that it is. node-oracledb takes no more than 47 characters. */
export const BANNER = 'Oracle stand-in for tests, not Oracle Database';

const CHARACTER_SET = { utf8: 873, utf16: 2000 };

/** By index: 4 logon types, 7 field version, 15 status at the end of calls, 16 sequences, 27 two-byte types, 37 chunks. */
const COMPILE_CAPABILITIES = Buffer.from(
  '060101016f01010c0101010101012909110307030101004b000004010000000000000600002000080000000000',
  'hex',
);
/** By index: 1 time zone among the data types, 6 strings of 32K. */
const RUN_TIME_CAPABILITIES = Buffer.from('0201000000000400000000', 'hex');

const CAPABILITY = { fieldVersion: 7, timeZoneVersion: 37, runTimeZone: 1 };

const CLIENT_FLAG_TEXT_HAS_LENGTH = 2;

export const protocolRequest = layout({ type: preset(u8, 1), versions: terminated, driver: terminated });

const nationalCharacterSet = Buffer.alloc(11);
nationalCharacterSet.writeUInt16BE(CHARACTER_SET.utf16, 9);

export const protocolAnswer = layout({
  type: preset(u8, 1),
  version: preset(u8, 6),
  end: u8,
  banner: preset(terminated, BANNER),
  characterSet: preset(u16le, CHARACTER_SET.utf8),
  flags: preset(u8, 3),
  elements: u16le,
  descriptionLength: preset(u16be, nationalCharacterSet.length),
  description: preset(bytes(nationalCharacterSet.length), nationalCharacterSet),
  compileCapabilities: preset(clr, COMPILE_CAPABILITIES),
  runTimeCapabilities: preset(clr, RUN_TIME_CAPABILITIES),
});

const TIME_ZONE_BYTES = 11;
const UTC = Buffer.from('800000003c3c3c80000000', 'hex');
const TIME_ZONE_VERSION_BYTES = 4;

const dataTypesHead = layout({
  type: preset(u8, 2),
  characterSet: u16le,
  nationalCharacterSet: u16le,
  flags: u8,
  compileCapabilities: clr,
  runTimeCapabilities: clr,
});

export type DataTypes = {
  readonly dialect: Dialect;
  readonly hasTimeZone: boolean;
  readonly types: readonly DataType[];
};
/** On the wire, a type without conversion has no representation. */
type DataType = { readonly type: number; readonly conversion: number; readonly representation: number };

/** Type 27 tells which form scales have: representation 10 is a byte. */
const SCALE_TYPE = 27;
const SCALE_AS_BYTE = 10;

const isSet = (capabilities: Buffer | null, index: number, bit: number) => ((capabilities?.[index] ?? 0) & bit) !== 0;

/** What the client's data types say. Throws MoreNeeded where they are not all here. */
export function readDataTypes(from: Reader): DataTypes {
  const head = dataTypesHead.read(from, {});
  const hasTimeZone = isSet(head.runTimeCapabilities, CAPABILITY.runTimeZone, 1);
  if (hasTimeZone) {
    from.take(TIME_ZONE_BYTES);
    if (isSet(head.compileCapabilities, CAPABILITY.timeZoneVersion, 2)) from.take(TIME_ZONE_VERSION_BYTES);
  }
  // go-ora says the national character set once more; as a type it would be one that there is not.
  if (from.peek(2).readUInt16LE() === CHARACTER_SET.utf16) from.take(2);
  const types = readTypes(from);
  const scales = types.find(({ type }) => type === SCALE_TYPE);
  return {
    dialect: {
      fieldVersion: Math.min(head.compileCapabilities?.[CAPABILITY.fieldVersion] ?? FIELD_VERSION, FIELD_VERSION),
      textHasLength: (head.flags & CLIENT_FLAG_TEXT_HAS_LENGTH) !== 0,
      scaleIsByte: scales === undefined || scales.representation === SCALE_AS_BYTE,
    },
    hasTimeZone,
    types,
  };
}

/** All types; one of the number 0 ends them. */
function readTypes(from: Reader): readonly DataType[] {
  const types: DataType[] = [];
  let next = dataType.read(from, {});
  for (; next.type !== 0; next = dataType.read(from, {})) types.push(next);
  return types;
}

const dataType: Codec<DataType> = {
  read(from) {
    const type = u16be.read(from, {});
    if (type === 0) return this.zero;
    const conversion = u16be.read(from, {});
    const representation = conversion === 0 ? 0 : u16be.read(from, {});
    if (conversion !== 0) u16be.read(from, {});
    return { type, conversion, representation };
  },
  write(to, { type, conversion, representation }) {
    const entry = type === 0 ? [0] : conversion === 0 ? [type, 0] : [type, conversion, representation, 0];
    for (const number of entry) u16be.write(to, number, {});
  },
  zero: { type: 0, conversion: 0, representation: 0 },
};

/** The client's own types, as they came. */
export function dataTypesAnswer({ hasTimeZone, types }: DataTypes): Buffer {
  const to = new Writer();
  to.byte(2);
  if (hasTimeZone) to.put(UTC);
  for (const type of [...types, dataType.zero]) dataType.write(to, type, {});
  return to.bytes();
}
