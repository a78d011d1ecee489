/** The negotiation of native encryption: read as a whole, and answered with a refusal. No driver in thin mode knows it. */
import { Garbled, type Reader } from '../wire/bytes.ts';
import { encode, layout, preset } from '../wire/codec.ts';
import { u16be, u32be, u8 } from '../wire/scalars.ts';

const MAGIC = 0xde_ad_be_ef;
const VERSION = 0x13_00_00_00;
const ENCRYPTION = 2;

const head = layout({
  magic: preset(u32be, MAGIC),
  /** Of the whole message. */
  length: u16be,
  version: preset(u32be, VERSION),
  services: preset(u16be, 1),
  error: u8,
});
const HEAD_BYTES = 13;

const service = layout({ service: preset(u16be, ENCRYPTION), parts: u16be, error: u32be });
const SERVICE_BYTES = 8;

/** Takes all of the client's wishes. */
export function readNativeServices(from: Reader): void {
  const { magic, length } = head.read(from, {});
  if (magic !== MAGIC) throw new Garbled(`read a negotiation of native services: it begins with ${magic}`);
  from.take(length - HEAD_BYTES);
}

export function nativeServicesRefusal(error: number): Buffer {
  return Buffer.concat([encode(head, { length: HEAD_BYTES + SERVICE_BYTES }), encode(service, { error })]);
}
