import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupsOf, wordsOf } from '../../../src/core/budget/group.ts';
import { idOf, type Member, type MemberDatabase } from '../../../src/core/model/usage.ts';
import { member } from './builders.ts';

const found = (uniqueName: string, pdbName?: string): MemberDatabase['learnt'] => ({
  names: { uniqueName, ...(pdbName !== undefined && { pdbName }) },
  limits: undefined,
  user: undefined,
});

const of = (name: string, database: Partial<MemberDatabase>, namespace = 'shop') =>
  member({ name, namespace, database: { group: undefined, ...database } });

const together = (members: readonly Member[], shared: readonly string[] = []) =>
  groupsOf(members, shared).map((group) => [group.name, ...group.members.map(idOf)]);

describe('profiles share a budget', () => {
  test.for<readonly [string, readonly Member[], readonly string[], readonly (readonly string[])[]]>([
    [
      'by the group of the spec',
      [of('b', { group: 'g', connectString: 'x' }), of('a', { group: 'g', connectString: 'y' })],
      [],
      [['g', 'shop/a', 'shop/b']],
    ],
    [
      "by the database's own names, whatever the connect string",
      [
        of('a', { connectString: 'x', learnt: found('FREE', 'PDB1') }),
        of('b', { connectString: 'y', learnt: found('FREE', 'PDB1') }),
      ],
      [],
      [['FREE/PDB1', 'shop/a', 'shop/b']],
    ],
    [
      'not over pluggable databases',
      [of('a', { learnt: found('FREE', 'PDB1') }), of('b', { learnt: found('FREE', 'PDB2') })],
      [],
      [
        ['FREE/PDB1', 'shop/a'],
        ['FREE/PDB2', 'shop/b'],
      ],
    ],
    [
      'by the connect string before any verdict',
      [of('a', { connectString: 'x' }), of('b', { connectString: 'x' })],
      [],
      [['x', 'shop/a', 'shop/b']],
    ],
    [
      'by the names that a neighbour found under the same connect string',
      [of('a', { connectString: 'x' }), of('b', { connectString: 'x', learnt: found('FREE') })],
      [],
      [['FREE', 'shop/a', 'shop/b']],
    ],
    [
      'not over namespaces',
      [of('a', { group: 'g' }), of('a', { group: 'g' }, 'depot')],
      [],
      [
        ['g', 'depot/a'],
        ['g', 'shop/a'],
      ],
    ],
    [
      'over namespaces where the group is listed as shared',
      [of('a', { group: 'g' }), of('a', { group: 'g' }, 'depot')],
      ['g'],
      [['g', 'depot/a', 'shop/a']],
    ],
    [
      'not with a group that only has the name of a database',
      [of('a', { group: 'FREE' }), of('b', { learnt: found('FREE') })],
      [],
      [
        ['FREE', 'shop/a'],
        ['FREE', 'shop/b'],
      ],
    ],
    [
      'with nobody where there is no database',
      [of('a', { connectString: undefined }), of('b', { connectString: undefined })],
      [],
      [
        ['shop/a', 'shop/a'],
        ['shop/b', 'shop/b'],
      ],
    ],
  ])('%s', ([, members, shared, groups]) => {
    expect(together(members, shared)).toEqual(groups);
    expect(together(members.toReversed(), shared)).toEqual(groups);
  });
});

/** Names and connect strings that are like each other, so that anything may be taken for anything else. */
const anyMember = fc
  .record({
    namespace: fc.constantFrom('shop', 'depot'),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    database: fc.record({
      group: fc.constantFrom(undefined, undefined, 'x', 'g'),
      connectString: fc.constantFrom(undefined, 'x', 'y'),
      learnt: fc.constantFrom(undefined, found('x'), found('z')),
    }),
  })
  .map(member);

/** Whom the words lead to, from one profile on. */
function linked(from: Member, members: readonly Member[], shared: readonly string[]): readonly Member[] {
  const reached = new Set([from]);
  // A set that grows is iterated to its end.
  for (const one of reached) {
    const words = wordsOf(one, shared);
    for (const other of members) if (wordsOf(other, shared).some((word) => words.includes(word))) reached.add(other);
  }
  return [...reached];
}

test('whom its words lead to is enough to know the group of a profile', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyMember, { selector: idOf, maxLength: 6 }),
      fc.subarray(['x', 'z', 'g']),
      (members, shared) => {
        const groupOf = (one: Member, among: readonly Member[]) =>
          together(among, shared).find(([, ...ids]) => ids.includes(idOf(one)));
        for (const one of members) expect(groupOf(one, linked(one, members, shared))).toEqual(groupOf(one, members));
      },
    ),
    { numRuns: 1000 },
  );
});
