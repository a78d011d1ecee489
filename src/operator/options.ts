/** The options of the operator, and how they are read from its environment. */
import { hostname } from 'node:os';
import * as z from 'zod';
import { type CrossNamespaceGroup, parseCrossNamespaceGroups } from '../core/model/cross-namespace-groups.ts';
import { type Namespaces, parseNamespaces } from '../kube/namespaces.ts';

/** Only digits: `z.coerce` alone would read an empty variable as 0. */
const wholeNumber = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'expected a whole number').pipe(z.coerce.number<string>().min(min).max(max));

const namespaces = z.string().transform((text, context) => {
  const parsed = parseNamespaces(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('expected names of namespaces, separated by commas');
  return z.NEVER;
});

const crossNamespaceGroups = z.string().transform((text, context) => {
  const parsed = parseCrossNamespaceGroups(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('expected GROUP=NAMESPACE|NAMESPACE, with :LIMIT behind it or not, separated by commas');
  return z.NEVER;
});

const schema = z.object({
  PROBE_IMAGE: z.string().min(1).describe("Image of the probe Jobs: the operator's own."),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HEALTH_PORT: wholeNumber(0, 65_535).default(8081).describe('Port of /livez and /readyz; 0 for any.'),
  PROBE_IMAGE_PULL_SECRET: z
    .string()
    .max(253)
    .default('')
    .describe(
      'Name of the Secret with which probe pods pull their image, in the namespace of the pod; empty for none.',
    ),
  MAX_CONCURRENT_PROBES: wholeNumber(1, 1000)
    .default(10)
    .describe('Probes that run at the same time, over all profiles.'),
  WATCH_NAMESPACES: namespaces
    .prefault('')
    .describe('Namespaces that are watched, separated by commas; empty for all.'),
  PROFILE_SELECTOR: z
    .string()
    .trim()
    .default('')
    .describe('A label selector: only profiles that it selects are reconciled; empty for all.'),
  MAX_CONCURRENT_ROLLOUTS: wholeNumber(1, 1000)
    .default(1)
    .describe('Backends of one database that roll out at the same time.'),
  CROSS_NAMESPACE_GROUPS: crossNamespaceGroups
    .prefault('')
    .describe(
      'Groups (spec.database.sessions.group) that namespaces share, with the sessions of all their backends: prod=shop|search:600; empty for none.',
    ),
  POD_NAME: z.string().min(1).max(253).default(hostname).describe('Name of this replica in leader election.'),
  POD_NAMESPACE: z
    .string()
    .min(1)
    .max(63)
    .default('dbpool-system')
    .describe('Namespace of the Lease of leader election.'),
  MAX_CONCURRENT_RECONCILES: wholeNumber(1, 256).default(16).describe('Profiles that are reconciled at the same time.'),
});

export type OperatorOptions = {
  readonly probeImage: string;
  readonly imagePullSecret: string | undefined;
  readonly maxConcurrentProbes: number;
  /** Undefined: all namespaces. */
  readonly namespaces: Namespaces;
  /** A label selector, in the API server's syntax. Undefined: all profiles. */
  readonly profileSelector: string | undefined;
  readonly maxConcurrentRollouts: number;
  readonly crossNamespaceGroups: readonly CrossNamespaceGroup[];
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly healthPort: number;
  readonly maxConcurrentReconciles: number;
  readonly podName: string;
  readonly podNamespace: string;
};

/** Throws an Error that names each bad variable, what was expected and what it was. */
export function readOptions(environment: NodeJS.ProcessEnv): OperatorOptions {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}, got ${JSON.stringify(environment[String(path[0])])}`,
    );
    throw new Error(`invalid environment: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  return Object.freeze({
    probeImage: data.PROBE_IMAGE,
    imagePullSecret: data.PROBE_IMAGE_PULL_SECRET === '' ? undefined : data.PROBE_IMAGE_PULL_SECRET,
    maxConcurrentProbes: data.MAX_CONCURRENT_PROBES,
    namespaces: data.WATCH_NAMESPACES.namespaces,
    profileSelector: data.PROFILE_SELECTOR === '' ? undefined : data.PROFILE_SELECTOR,
    maxConcurrentRollouts: data.MAX_CONCURRENT_ROLLOUTS,
    crossNamespaceGroups: data.CROSS_NAMESPACE_GROUPS,
    logLevel: data.LOG_LEVEL,
    healthPort: data.HEALTH_PORT,
    maxConcurrentReconciles: data.MAX_CONCURRENT_RECONCILES,
    podName: data.POD_NAME,
    podNamespace: data.POD_NAMESPACE,
  });
}
