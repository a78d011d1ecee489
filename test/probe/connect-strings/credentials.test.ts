/** Whatever the driver says of a connect string that it cannot parse, no verdict holds the credentials in it. */
import { expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { rejectProvider } from '../../../src/probe/input/provider.ts';
import { resolveConnectString } from '../../../src/probe/oracle/connect-string.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';
import { WITH_CREDENTIALS, WITHOUT_CREDENTIALS } from '../../contract/connect-strings.ts';
import { environment } from '../environment.ts';

/** The verdict on resolving the connect string, or on a later error of the driver that repeats it. */
async function verdictOf(connectString: string) {
  const variables = environment(connectString);
  const read = readParameters(variables);
  if (read.kind === 'invalid') throw new Error(String(read.problem));
  const progress = new Progress();
  const resolve = async () => {
    rejectProvider(connectString);
    return resolveConnectString(read.parameters, progress);
  };
  const error = await resolve().then(
    ({ database }) => new Error(`NJS-512: ${database.connectString} of ${connectString}`),
    (thrown: unknown) => thrown,
  );
  return failureVerdict(error, progress, redactorFor(variables));
}

test.for(WITH_CREDENTIALS)('%j is not repeated', async (connectString) => {
  expect(JSON.stringify(await verdictOf(connectString))).not.toContain('cr3t');
});

test.for(WITHOUT_CREDENTIALS)('of %j the driver may say what it likes', async ([connectString]) => {
  expect((await verdictOf(connectString)).message).not.toContain('withheld');
});

test.for([
  ['"app:1521/s3cr3t"', 'it is a text in quotes; write host:port/service'],
  ['jdbc:oracle:thin:app/s3cr3t@//db/x', 'it is a JDBC or R2DBC URL; write host:port/service'],
  ['jdbc:oracle:thin:@//db:1521/x', 'it is a JDBC URL; write //db:1521/x'],
] as const)('of %j the probe says what to write instead', async ([connectString, said]) => {
  const { reason, message } = await verdictOf(connectString);
  expect(reason).toBe('ConnectStringUnsupported');
  expect(message).toContain(said);
});
