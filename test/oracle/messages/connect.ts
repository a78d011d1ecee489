/** The first packets, by which client and listener find each other: CONNECT, then ACCEPT or REFUSE. Bodies without header. */
import { encode, layout, preset } from '../wire/codec.ts';
import { bytes, u16be, u32be, u8 } from '../wire/scalars.ts';

const HEADER_BYTES = 8;

export const connect = layout({
  version: u16be,
  lowestVersion: u16be,
  options: u16be,
  sdu: u16be,
  tdu: u16be,
  characteristics: u16be,
  lineTurnaround: u16be,
  byteOrder: u16be,
  dataLength: u16be,
  /** From the start of the packet, header included. */
  dataOffset: u16be,
  largestReply: u32be,
  nativeServices: u16be,
  crossFacility: bytes(24),
  largeSdu: u32be,
  largeTdu: u32be,
});

/** Connect data in a CONNECT packet of this body; undefined if it was too long for it and follows in a DATA packet. */
export function connectDataIn(body: Buffer, dataOffset: number, dataLength: number): string | undefined {
  const data = body.subarray(dataOffset - HEADER_BYTES);
  return data.length < dataLength ? undefined : data.subarray(0, dataLength).toString();
}

/** The lowest version that all drivers accept: no fast logon, no marks at the end of answers. */
export const TNS_VERSION = 315;

/** Whether clients start a negotiation of native encryption; drivers in thin mode know none. */
export const NATIVE_SERVICES = { off: 0x0c, required: 0x10 } as const;

const LARGEST_DATA_UNIT = 2_097_152;

export const accept = layout({
  version: preset(u16be, TNS_VERSION),
  /** No attention: the client's breaks come in band. */
  options: preset(u16be, 1),
  sdu: preset(u16be, 8192),
  tdu: preset(u16be, 65_535),
  byteOrder: preset(u16be, 1),
  dataLength: u16be,
  dataOffset: preset(u16be, 45),
  nativeServices: preset(u8, NATIVE_SERVICES.off),
  nativeServicesToo: preset(u8, NATIVE_SERVICES.off),
  reserved: bytes(8),
  largeSdu: u32be,
  largeTdu: preset(u32be, LARGEST_DATA_UNIT),
  compression: u8,
  flags: u32be,
});

export function sduFor(client: { readonly version: number; readonly sdu: number; readonly largeSdu: number }): number {
  const wanted = client.version >= TNS_VERSION ? client.largeSdu : client.sdu;
  return Math.min(Math.max(wanted, 512), 65_535);
}

const refuse = layout({ userReason: preset(u8, 0x22), systemReason: u8, length: u16be });

/** Body of a refusal with this ORA code. */
export function refusal(code: number): Buffer {
  const text = Buffer.from(
    `(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=${code})(ERROR_STACK=(ERROR=(CODE=${code})(EMFI=4))))`,
  );
  return Buffer.concat([encode(refuse, { length: text.length }), text]);
}
