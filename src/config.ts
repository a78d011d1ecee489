/** The operator's settings from its environment. The only file that reads process.env. */
import { z } from 'zod';

const schema = z.object({
  PROBE_IMAGE: z.string().min(1).describe("Image of the probe Jobs: the operator's own."),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HEALTH_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .describe('Port of /livez and /readyz; 0 for any.'),
  CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe('Profiles that are reconciled at the same time.'),
});

export type Config = {
  readonly probeImage: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly healthPort: number;
  readonly concurrency: number;
};

/** Throws an Error that names each variable, what was expected and what came. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}, got ${JSON.stringify(environment[String(path[0])])}`,
    );
    throw new Error(`the environment is not usable: ${problems.join('; ')}`);
  }
  const { PROBE_IMAGE, LOG_LEVEL, HEALTH_PORT, CONCURRENCY } = parsed.data;
  return Object.freeze({
    probeImage: PROBE_IMAGE,
    logLevel: LOG_LEVEL,
    healthPort: HEALTH_PORT,
    concurrency: CONCURRENCY,
  });
}
