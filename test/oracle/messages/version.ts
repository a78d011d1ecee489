/** The answer to a client that asks for the server's version after its logon. */
import { encode, layout, preset } from '../wire/codec.ts';
import type { Dialect } from '../wire/dialect.ts';
import { announced, u8, ub } from '../wire/scalars.ts';
import { BANNER } from './negotiation.ts';

const version = layout({
  type: preset(u8, 8),
  bannerLength: preset(ub, BANNER.length),
  banner: preset(announced('bannerLength'), BANNER),
  number: ub,
});

export const versionAnswer = (number: number, dialect: Dialect): Buffer => encode(version, { number }, dialect);
