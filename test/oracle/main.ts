/**
 * The stand-in as a program, for a container: TNS on port 1521, HTTP control on port 8080, until SIGTERM. Settings come
 * from ORACLE_STANDIN_SETTINGS, ports from ORACLE_STANDIN_PORT and ORACLE_STANDIN_CONTROL_PORT. It is a test tool.
 */
import { z } from 'zod';
import { serveControl } from './control.ts';
import { BANNER } from './messages/negotiation.ts';
import { problemsOf, readSettings } from './settings.ts';
import { StandIn } from './stand-in.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const schema = z.object({
  ORACLE_STANDIN_SETTINGS: z.string().default('{}'),
  ORACLE_STANDIN_HOST: z.string().default('0.0.0.0'),
  ORACLE_STANDIN_PORT: port.default(1521),
  ORACLE_STANDIN_CONTROL_PORT: port.default(8080),
});

async function run(): Promise<void> {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new Error(`the environment is not usable: ${problemsOf(parsed.error)}`);
  const { ORACLE_STANDIN_HOST: host, ORACLE_STANDIN_PORT, ORACLE_STANDIN_CONTROL_PORT, ...rest } = parsed.data;
  const given = readSettings(parseJson(rest.ORACLE_STANDIN_SETTINGS));
  const standIn = await StandIn.start({ ...given, host, port: ORACLE_STANDIN_PORT });
  const control = await serveControl(standIn, { host, port: ORACLE_STANDIN_CONTROL_PORT });
  console.log(`${BANNER}: TNS on ${host}:${standIn.port}, control on ${host}:${control.port}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's message quotes the text, which holds passwords.
    throw new Error('read ORACLE_STANDIN_SETTINGS: it is no JSON', { cause });
  }
}

// Nothing is worth a goodbye: whoever is connected sees what a killed database looks like.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));

try {
  await run();
} catch (error) {
  console.error(`${BANNER}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
