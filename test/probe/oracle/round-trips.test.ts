import { expect, test } from 'vitest';
import { RoundTrips } from '../../../src/probe/oracle/round-trips.ts';

/** The stages after these round trips. */
function stages(...names: readonly string[]): readonly string[] {
  const reached: string[] = [];
  const trips = new RoundTrips((stage) => reached.push(stage));
  for (const name of names) trips.onBeginRoundTrip({ operation: `oracledb.${name}` });
  return reached;
}

test.for<[string, readonly string[], readonly string[]]>([
  [
    'the second AuthMessage has the password',
    ['ProtocolMessage', 'DataTypeMessage', 'AuthMessage', 'AuthMessage'],
    ['server', 'server', 'server', 'logon'],
  ],
  ['so has the one behind a FastAuthMessage', ['FastAuthMessage', 'AuthMessage'], ['server', 'logon']],
  [
    'after a FastAuthMessage that failed, nothing is certain',
    ['FastAuthMessage', 'DataTypeMessage', 'AuthMessage', 'AuthMessage'],
    ['server', 'logon', 'logon', 'logon'],
  ],
  ['a message that comes again is not certain', ['ProtocolMessage', 'ProtocolMessage'], ['server', 'logon']],
  ['a message that is not known may have it', ['NewMessage', 'ProtocolMessage'], ['logon', 'logon']],
])('%s', ([, names, expected]) => {
  expect(stages(...names)).toEqual(expected);
});

test('a round trip without a name may have the password', () => {
  const reached: string[] = [];
  new RoundTrips((stage) => reached.push(stage)).onBeginRoundTrip({});
  expect(reached).toEqual(['logon']);
});
