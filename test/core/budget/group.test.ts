import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Group, groupsOf, linkKeys } from '../../../src/core/budget/group.ts';
import { idOf, type BackendUsage, type BackendDatabase } from '../../../src/core/model/usage.ts';
import { WITH_CREDENTIALS, WITHOUT_CREDENTIALS } from '../../contract/connect-strings.ts';
import type { CrossNamespaceGroup } from '../../../src/core/model/cross-namespace-groups.ts';
import { backend } from './builders.ts';

const found = (uniqueName: string, pdbName?: string): BackendDatabase['facts'] => ({
  identity: { uniqueName, ...(pdbName !== undefined && { pdbName }) },
  limits: undefined,
  user: undefined,
});

const of = (name: string, database: Partial<BackendDatabase>, namespace = 'shop') =>
  backend({ name, namespace, database: { group: undefined, ...database } });

/** Groups of these names that are given to two namespaces. */
const given = (names: readonly string[]) =>
  names.map((name) => ({ name, namespaces: ['shop', 'depot'], limit: undefined }));

const together = (members: readonly BackendUsage[], shared: readonly string[] = []) =>
  groupsOf(members, given(shared)).map((group) => [group.name, ...group.members.map(idOf)]);

describe('profiles share a budget', () => {
  test.for<readonly [string, readonly BackendUsage[], readonly string[], readonly (readonly string[])[]]>([
    [
      'by the group of the spec',
      [of('b', { group: 'g', connectString: 'x' }), of('a', { group: 'g', connectString: 'y' })],
      [],
      [['g', 'shop/a', 'shop/b']],
    ],
    [
      "by the database's own names, whatever the connect string",
      [
        of('a', { connectString: 'x', facts: found('FREE', 'PDB1') }),
        of('b', { connectString: 'y', facts: found('FREE', 'PDB1') }),
      ],
      [],
      [['FREE/PDB1', 'shop/a', 'shop/b']],
    ],
    [
      'not over pluggable databases',
      [of('a', { facts: found('FREE', 'PDB1') }), of('b', { facts: found('FREE', 'PDB2') })],
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
      [of('a', { connectString: 'x' }), of('b', { connectString: 'x', facts: found('FREE') })],
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
      'over the namespaces that the group is given to, and no others',
      [of('a', { group: 'g' }), of('a', { group: 'g' }, 'depot'), of('a', { group: 'g' }, 'search')],
      ['g'],
      [
        ['g', 'depot/a', 'shop/a'],
        ['g', 'search/a'],
      ],
    ],
    [
      'over namespaces by the group of the spec alone, whatever a connect string or a verdict says',
      [
        of('a', { connectString: 'g' }),
        of('a', { connectString: 'g' }, 'depot'),
        of('b', { facts: found('g') }),
        of('b', { facts: found('g') }, 'depot'),
      ],
      ['g'],
      [
        ['g', 'depot/a'],
        ['g', 'depot/b'],
        ['g', 'shop/a'],
        ['g', 'shop/b'],
      ],
    ],
    [
      'not with a group that only has the name of a database',
      [of('a', { group: 'FREE' }), of('b', { facts: found('FREE') })],
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
    [
      'not over hosts, even if both databases have the names that each installation has',
      [
        of('a', { connectString: 'oracle-a:1521/FREEPDB1', facts: found('FREE', 'FREEPDB1') }),
        of('b', { connectString: 'oracle-b:1521/FREEPDB1', facts: found('FREE', 'FREEPDB1') }),
      ],
      [],
      [
        ['FREE/FREEPDB1', 'shop/a'],
        ['FREE/FREEPDB1', 'shop/b'],
      ],
    ],
    [
      'before any verdict, however the address is written',
      [
        of('a', { connectString: 'oracle:1521/FREEPDB1' }),
        of('b', { connectString: 'ORACLE:1521/freepdb1' }),
        of('c', { connectString: '//oracle/FREEPDB1' }),
        of('d', {
          connectString:
            '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oracle)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))',
        }),
      ],
      [],
      [['oracle:1521/FREEPDB1', 'shop/a', 'shop/b', 'shop/c', 'shop/d']],
    ],
    [
      'over listeners and services of one host, if the database says that it is the same',
      [
        of('a', { connectString: 'db.example.com:1521/one', facts: found('PROD') }),
        of('b', { connectString: 'db.example.com:1522/two', facts: found('PROD') }),
      ],
      [],
      [['PROD', 'shop/a', 'shop/b']],
    ],
    [
      'not over services of one host before any verdict',
      [of('a', { connectString: 'db.example.com/one' }), of('b', { connectString: 'db.example.com/two' })],
      [],
      [
        ['db.example.com/one', 'shop/a'],
        ['db.example.com/two', 'shop/b'],
      ],
    ],
    [
      'over hosts that a third connect string has together',
      [
        of('a', { connectString: 'scan.example.com/S', facts: found('PROD') }),
        of('b', { connectString: 'node1.example.com/S', facts: found('PROD') }),
        of('c', { connectString: 'scan.example.com,node1.example.com/S', facts: found('PROD') }),
        of('d', { connectString: 'node1.example.com:1521/s' }),
      ],
      [],
      [['PROD', 'shop/a', 'shop/b', 'shop/c', 'shop/d']],
    ],
    [
      'by their names alone where an alias hides the host',
      [
        of('a', { connectString: 'ORDERS', facts: found('PROD') }),
        of('b', { connectString: 'db.example.com/S', facts: found('PROD') }),
        of('c', { connectString: 'key url of Secret db', facts: found('PROD') }),
      ],
      [],
      [['PROD', 'shop/a', 'shop/b', 'shop/c']],
    ],
  ])('profiles share a budget %s', ([, members, shared, groups]) => {
    expect(together(members, shared)).toEqual(groups);
    expect(together(members.toReversed(), shared)).toEqual(groups);
  });
});

/** Names and connect strings that are like each other, so that anything may be taken for anything else. */
const anyMember = fc
  .record({
    namespace: fc.constantFrom('shop', 'shop', 'shop', 'depot'),
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    database: fc.record({
      group: fc.constantFrom(undefined, undefined, undefined, 'x', 'g'),
      connectString: fc.constantFrom(undefined, 'x', 'y', 'h/S', 'H:1521/s', 'i/S', 'h,i/S'),
      facts: fc.constantFrom(undefined, found('x'), found('z')),
    }),
  })
  .map(backend);

/** All backends that link keys lead to, from one of them on. */
function linked(
  from: BackendUsage,
  members: readonly BackendUsage[],
  shared: readonly CrossNamespaceGroup[],
): readonly BackendUsage[] {
  const reached = new Set([from]);
  // A set that grows is iterated to its end.
  for (const one of reached) {
    const keys = linkKeys(one, shared);
    for (const other of members) if (linkKeys(other, shared).some((key) => keys.includes(key))) reached.add(other);
  }
  return [...reached];
}

describe('link keys', () => {
  test('link keys lead to the whole group of a backend, also where only a neighbour knows the database', () => {
    let linkedByNeighbour = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(anyMember, { selector: idOf, minLength: 4, maxLength: 8 }),
        fc.subarray(['x', 'z', 'g']).map(given),
        (members, shared) => {
          const groups = groupsOf(members, shared);
          for (const one of members) {
            const group = groups.find((other) => other.members.includes(one));
            const reached = linked(one, members, shared);
            expect(reached).toEqual(expect.arrayContaining([...(group?.members ?? [])]));
            expect(groupsOf(reached, shared).find((other) => other.members.includes(one))).toEqual(group);
          }
          if (groups.some((group) => isLinkedByNeighbour(group, shared))) linkedByNeighbour += 1;
        },
      ),
      { numRuns: 1000 },
    );
    // Some 90 of the 1000 runs; fewer would mean that the property tests little.
    expect(linkedByNeighbour).toBeGreaterThan(30);
  });
});

/** Whether two of the group have no link key in common, so that only a third one leads from one to the other. */
const isLinkedByNeighbour = ({ members }: Group, shared: readonly CrossNamespaceGroup[]) =>
  members.some((one) =>
    members.some(
      (other) => one !== other && !linkKeys(one, shared).some((key) => linkKeys(other, shared).includes(key)),
    ),
  );

const nameOf = (connectString: string, shared: readonly string[] = []) =>
  together([of('a', { connectString })], shared)[0]?.[0];

test.for(WITH_CREDENTIALS)('the name of a group has nothing of %j', (connectString) => {
  expect(nameOf(connectString)).toBe('the connect string of shop/a');
});

test.for(WITHOUT_CREDENTIALS)('the name of a group has of %j what may be shown', ([connectString, shown]) => {
  expect(nameOf(connectString)).toBe(shown ?? 'the connect string of shop/a');
});

test('a key of a Secret is the name of a group', () => {
  expect(nameOf('key url of Secret db')).toBe('key url of Secret db');
});
