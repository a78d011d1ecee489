/** The operator's settings from its environment. The only file that reads process.env. */
import { hostname } from 'node:os';
import * as z from 'zod';
import { type Namespaces, parseNamespaces } from '../kube/namespaces.ts';

/** Digits alone: coerced, an empty variable would be 0. */
const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'expected a whole number').pipe(z.coerce.number<string>().min(least).max(most));

const namespaces = z.string().transform((text, context) => {
  const found = parseNamespaces(text);
  if (found !== undefined) return found;
  context.addIssue('expected names of namespaces, separated by commas');
  return z.NEVER;
});

const schema = z.object({
  PROBE_IMAGE: z.string().min(1).describe("Image of the probe Jobs: the operator's own."),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HEALTH_PORT: wholeNumber(0, 65_535).default(8081).describe('Port of /livez and /readyz; 0 for any.'),
  PROBE_PULL_SECRET: z
    .string()
    .max(253)
    .default('')
    .describe('Name of the Secret by which probe pods pull their image, in their own namespaces; empty for none.'),
  MAX_CONCURRENT_PROBES: wholeNumber(1, 1000).default(10).describe('Probes of all profiles that run at the same time.'),
  WATCH_NAMESPACES: namespaces
    .prefault('')
    .describe('Names of the namespaces that are looked at, separated by commas; empty for all.'),
  PROFILE_SELECTOR: z
    .string()
    .trim()
    .default('')
    .describe('A label selector: profiles that it leaves out are not looked at; empty for all.'),
  MAX_CONCURRENT_ROLLOUTS: wholeNumber(1, 1000)
    .default(1)
    .describe('Backends of one database that are rolled at the same time.'),
  SHARED_GROUPS: z
    .string()
    .regex(/^(|[^\s,]{1,253}(,[^\s,]{1,253})*)$/, 'expected names without blanks, separated by commas')
    .transform((text) => (text === '' ? [] : text.split(',')))
    .default([])
    .describe('Databases whose sessions are shared over namespaces, by the name of their group; none if empty.'),
  POD_NAME: z.string().min(1).max(253).default(hostname).describe('Who this replica is to the others.'),
  POD_NAMESPACE: z.string().min(1).max(63).default('dbpool-system').describe('Where the lease of the leader is.'),
  CONCURRENCY: wholeNumber(1, 256).default(16).describe('Profiles that are reconciled at the same time.'),
});

export type OperatorOptions = {
  readonly probeImage: string;
  readonly imagePullSecret: string | undefined;
  readonly maxConcurrentProbes: number;
  /** Undefined for all. */
  readonly namespaces: Namespaces;
  /** A label selector, as the API server reads it; undefined for all. */
  readonly profileSelector: string | undefined;
  readonly maxConcurrentRollouts: number;
  readonly crossNamespaceGroups: readonly string[];
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly healthPort: number;
  readonly maxConcurrentReconciles: number;
  readonly podName: string;
  readonly podNamespace: string;
};

/** Throws an Error that names each variable, what was expected and what came. */
export function readOptions(environment: NodeJS.ProcessEnv): OperatorOptions {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}, got ${JSON.stringify(environment[String(path[0])])}`,
    );
    throw new Error(`the environment is not usable: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  return Object.freeze({
    probeImage: data.PROBE_IMAGE,
    imagePullSecret: data.PROBE_PULL_SECRET === '' ? undefined : data.PROBE_PULL_SECRET,
    maxConcurrentProbes: data.MAX_CONCURRENT_PROBES,
    namespaces: data.WATCH_NAMESPACES.namespaces,
    profileSelector: data.PROFILE_SELECTOR === '' ? undefined : data.PROFILE_SELECTOR,
    maxConcurrentRollouts: data.MAX_CONCURRENT_ROLLOUTS,
    crossNamespaceGroups: data.SHARED_GROUPS,
    logLevel: data.LOG_LEVEL,
    healthPort: data.HEALTH_PORT,
    maxConcurrentReconciles: data.CONCURRENCY,
    podName: data.POD_NAME,
    podNamespace: data.POD_NAMESPACE,
  });
}
