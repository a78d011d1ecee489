/** The names in a connect string that lead to a database: hosts, ports, services, paths. Pure, and linear in its length. */

import { isPublicWord } from './public-words.ts';

/** A line of a tnsnames.ora. */
const COMMENT = /^[ \t]*#.*$/gm;

/** A word, and whether it is a key. */
const WORD = /([\p{L}\p{N}_.$#-]+)(\s{0,8}=)?/gu;

/**
 * In lower case: each word of a connect descriptor or Easy Connect string but the public words, and the first part of a name with dots, by which
 * a database names itself. Numbers count where they are ports or services, and not as a time limit.
 */
export function secretNames(connectString: string): ReadonlySet<string> {
  const names = new Set<string>();
  let key = '';
  for (const [, word = '', equals] of connectString.replaceAll(COMMENT, '').matchAll(WORD)) {
    const name = word.toLowerCase().replace(/\.$/, '');
    const isSetting = /^[\d.]+$/.test(name) && !/^$|port$|host$|name$|^sid$|proxy$/.test(key);
    key = equals === undefined ? key : name;
    if (isSetting || isPublicWord(name)) continue;
    names.add(name);
    const [first = ''] = name.split('.');
    if (/\p{L}/u.test(first) && !isPublicWord(first)) names.add(first);
  }
  return names;
}
