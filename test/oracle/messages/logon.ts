/** The two halves of a logon: the client names itself and is given a challenge; it proves that it has the password. */
import { counted, layout, list, preset, when } from '../wire/codec.ts';
import { announced, pair, u8, ub } from '../wire/scalars.ts';

/** What follows the head of both functions. */
export const logonArguments = layout({
  hasUser: u8,
  userLength: ub,
  mode: ub,
  hasPairs: u8,
  pairCount: ub,
  hasOutPairs: u8,
  hasOutPairCount: u8,
  user: when('hasUser', announced('userLength')),
  pairs: list('pairCount', pair),
});

export const logonAnswer = layout({ type: preset(u8, 8), pairs: counted(ub, pair) });

/** Something that wants attention, in front of a success. */
export const logonWarning = layout({
  type: preset(u8, 15),
  code: ub,
  textLength: ub,
  flags: ub,
  text: announced('textLength'),
});
