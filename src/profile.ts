/**
 * The resource `DbPoolProfile`: its spec and status as one zod schema, from which the CRD is generated
 * (crds/generate.ts) and by which everything that comes from the cluster is parsed. The defaults, bounds and
 * messages that a person meets are written here and nowhere else.
 */
import { Cron } from 'croner';
import { z } from 'zod';
import { verdictSchema } from './verdict.ts';

export const GROUP = 'dbpool.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'DbPoolProfile';
export const PLURAL = 'dbpoolprofiles';

/** Longest name of a profile: Jobs and labels carry it, with a hash and a number behind it, in 63 characters. */
export const NAME_MAX = 40;

/** A rule that the API server checks itself; see docs.kubernetes.io on CEL validation rules. */
const cel = (rule: string, message: string) => ({ 'x-kubernetes-validations': [{ rule, message }] });

const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const containerName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

const keyRef = z.object({
  name: objectName.describe('Name of the object, in the namespace of the profile.'),
  key: dataKey.describe('Key in its data.'),
});

const targetRefSchema = z.object({
  kind: z.enum(['Deployment']).default('Deployment').describe('Kind of the backend.'),
  name: objectName.describe('Name of the backend, in the namespace of the profile.'),
  container: containerName
    .optional()
    .describe(
      'Container that opens the pool. Without it: the one named by the annotation kubectl.kubernetes.io/default-container of the pod template, else the first.',
    ),
  adopt: z
    .boolean()
    .default(false)
    .describe(
      'Take over variables of the pool that somebody else set. What stood there is kept in an annotation of the Deployment. Drop them from your own manifest too: applying it again is refused by the API server.',
    ),
});

const poolDefaults = { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600 };

const poolSchema = z
  .object({
    min: z
      .int()
      .min(0)
      .max(1000)
      .default(poolDefaults.min)
      .describe(
        'Connections that each pod keeps open even when idle. Seen by the backend as DB_POOL_MIN. Recommended: 2 to 20.',
      ),
    max: z
      .int()
      .min(1)
      .max(2000)
      .default(poolDefaults.max)
      .describe(
        'Most connections that each pod opens. Times the number of pods, surge included, it must fit into the sessions of the database. Seen by the backend as DB_POOL_MAX. Recommended: 20 to 200.',
      ),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(600)
      .default(poolDefaults.timeoutSeconds)
      .describe(
        'Seconds that a caller waits for a free connection before it gets an error. Seen by the backend as DB_POOL_TIMEOUT. Recommended: 10 to 60.',
      ),
    recycleSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(poolDefaults.recycleSeconds)
      .describe(
        'Age in seconds at which a connection is replaced by a new one; 0 for never, else 60 or more. Keep it below the idle limit of any firewall on the way. Seen by the backend as DB_POOL_RECYCLE. Recommended: 600 to 7200.',
      )
      .meta(cel('self == 0 || self >= 60', 'must be 0 (never) or at least 60 seconds')),
  })
  .describe('The four numbers of the connection pool, for each pod.')
  .refine((pool) => pool.min <= pool.max, 'min must not be greater than max')
  .meta(cel('self.min <= self.max', 'min must not be greater than max'));

const databaseSchema = z
  .object({
    connectString: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('Easy Connect string (host:port/service) or connect descriptor, as the backend uses it.'),
    connectStringFrom: z
      .object({ configMapKeyRef: keyRef.optional(), secretKeyRef: keyRef.optional() })
      .optional()
      .describe('Where the connect string stands, instead of connectString.')
      .meta(
        cel(
          'has(self.configMapKeyRef) != has(self.secretKeyRef)',
          'give exactly one of configMapKeyRef and secretKeyRef',
        ),
      ),
    credentialsSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        usernameKey: dataKey.default('DB_USER').describe('Key of the user name.'),
        passwordKey: dataKey.default('DB_PASSWORD').describe('Key of the password.'),
      })
      .describe(
        'Secret with the credentials of the backend. The kubelet gives it to the probe pod; the operator never reads it.',
      ),
    walletSecretRef: z
      .object({
        name: objectName.describe('Name of the Secret, in the namespace of the profile.'),
        passwordKey: dataKey.optional().describe("Key of the wallet's password, where it has one."),
      })
      .optional()
      .describe(
        'Secret with a wallet: ewallet.pem, tnsnames.ora, or both. The kubelet mounts it into the probe pod; the operator never reads it.',
      ),
    caRef: z
      .object({
        configMap: objectName.describe('Name of the ConfigMap, in the namespace of the profile.'),
        key: dataKey.describe('Key of the certificates, in PEM form.'),
      })
      .optional()
      .describe("Authority that signed the listener's certificate, where there is no wallet: for TLS without one."),
  })
  .describe('The database that the probe logs in to. Needed unless probe.policy is Disabled.')
  .meta(
    cel(
      'has(self.connectString) != has(self.connectStringFrom)',
      'give exactly one of connectString and connectStringFrom',
    ),
  );

const probeDefaults = {
  policy: 'Required' as const,
  intervalSeconds: 3600,
  timeoutSeconds: 60,
  connections: 10,
  podLabels: {},
};

const labelKey = z
  .string()
  .max(317)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/)
  .refine((key) => !key.startsWith(`${GROUP}/`), `labels that begin with ${GROUP}/ are the operator's own`);
const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const probeSchema = z
  .object({
    policy: z
      .enum(['Required', 'Advisory', 'Disabled'])
      .default(probeDefaults.policy)
      .describe(
        'Required: the backend is rolled only after a probe Job has opened the pool with exactly these numbers. Advisory: the probe reports and holds nothing up. Disabled: no probe, no database needed.',
      ),
    intervalSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(probeDefaults.intervalSeconds)
      .describe(
        'Seconds after which a proof is renewed, spread by a tenth; 0 for never, else 30 or more. A probe that fails then makes the profile not Ready and leaves the backend as it is.',
      )
      .meta(cel('self == 0 || self >= 30', 'must be 0 (never) or at least 30 seconds')),
    timeoutSeconds: z
      .int()
      .min(5)
      .max(600)
      .default(probeDefaults.timeoutSeconds)
      .describe('Seconds after which the probe program gives up.'),
    connections: z
      .int()
      .min(1)
      .max(100)
      .default(probeDefaults.connections)
      .describe(
        'Most connections that the probe holds open at a time. It opens min of them, never more than this, and never max.',
      ),
    podLabels: z
      .record(labelKey, labelValue)
      .default(probeDefaults.podLabels)
      .describe(
        'Labels of the probe pod besides its own, as a NetworkPolicy or a sidecar injector wants them. Refused where they make it one of the backend: matched by the selector of the Deployment, of a Service or of a PodDisruptionBudget.',
      )
      .meta({ maxProperties: 20 }),
  })
  .describe('The Job that proves the numbers before the backend is rolled.');

const windowSchema = z.object({
  cron: z
    .string()
    .min(1)
    .max(100)
    .describe('When the window opens, as five fields of cron: "0 22 * * 1-5".')
    .refine(isCron, 'is no cron expression of five fields'),
  durationSeconds: z.int().min(60).max(604_800).describe('Seconds that it stays open.'),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .describe('Time zone of the expression, by its IANA name: Europe/Berlin.')
    .refine(isTimeZone, 'is no time zone that is known here'),
});

function isCron(text: string): boolean {
  return doesNotThrow(() => new Cron(text, { mode: '5-part' }));
}

function isTimeZone(name: string): boolean {
  return doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: name }));
}

function doesNotThrow(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const rolloutDefaults = { onFailure: 'Rollback' as const, gatherSeconds: 0, observeSeconds: 60 };

const rolloutSchema = z
  .object({
    onFailure: z
      .enum(['Rollback', 'Hold'])
      .default(rolloutDefaults.onFailure)
      .describe(
        'What comes after a rollout whose own pods fail. Rollback: the last good numbers, by itself, once. Hold: it is left as it is and reported. Either way the failed numbers are not tried again until the spec or the credentials change, or somebody says retry.',
      ),
    gatherSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.gatherSeconds)
      .describe(
        'Seconds without another edit of the profile before a rollout starts, so that a burst of edits is one rollout.',
      ),
    observeSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(rolloutDefaults.observeSeconds)
      .describe(
        'Seconds after the rollout in which a crash or lost readiness of a new pod still is a failure of the rollout: pools fail under load, not at start.',
      ),
    windows: z
      .array(windowSchema)
      .max(20)
      .optional()
      .describe('When a rollout may start; at any time without them. A rollback does not wait for them.'),
  })
  .describe('How the backend is brought to new numbers.');

export const specSchema = z
  .object({
    targetRef: targetRefSchema.describe('The backend whose pool this is.'),
    pool: poolSchema.default(poolDefaults),
    database: databaseSchema.optional(),
    probe: probeSchema.default(probeDefaults),
    rollout: rolloutSchema.default(rolloutDefaults),
    onDelete: z
      .enum(['Retain', 'Restore'])
      .default('Retain')
      .describe(
        'What comes of the backend when the profile is deleted. Retain: it runs on as it is. Restore: what stood in the variables before is put back first, which rolls it once.',
      ),
    suspend: z.boolean().default(false).describe('Probe, roll, repair and roll back nothing; report on.'),
  })
  .describe('What the connection pool of a backend should be.')
  .meta(
    cel(
      "has(self.database) || self.probe.policy == 'Disabled'",
      'database is required unless probe.policy is Disabled',
    ),
  );

/** Types of conditions, in the order in which a change passes them. From `Reconciling` on they stand only while true. */
export const CONDITION_TYPES = [
  'Ready',
  'ConfigRendered',
  'ProbeSucceeded',
  'RolledOut',
  'Reconciling',
  'Stalled',
  'PendingRestart',
  'RolledBack',
] as const;

const conditionSchema = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastTransitionTime: z.string().max(40).meta({ format: 'date-time' }),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
});

const numbersSchema = z.object({
  hash: z.string().max(63).describe('Hash of the configuration, as in the name of its ConfigMap.'),
  min: z.int().min(0).max(2000),
  max: z.int().min(0).max(2000),
  timeoutSeconds: z.int().min(0).max(86_400),
  recycleSeconds: z.int().min(0).max(86_400),
});

const instant = z.string().max(40).meta({ format: 'date-time' });

const probeStatusSchema = verdictSchema
  .omit({ version: true })
  .extend({
    job: z.string().max(63).describe('Name of the Job that was the last to say something.'),
    attempt: z.int().min(1).max(1_000_000).describe('Number of the attempt with this configuration.'),
    finishedAt: instant.optional().describe('When the Job ended.'),
    nextAttemptAt: instant.optional().describe('When it is tried again by itself; absent where that would do harm.'),
  })
  .describe('The last verdict of the probe.');

const historySchema = numbersSchema.extend({
  result: z.enum(['Running', 'Good', 'Failed', 'RolledBack', 'Undone', 'Superseded']).describe('What came of it.'),
  change: z.string().max(300).describe('What it changed, in words: "max 40 → 60".'),
  startedAt: instant,
  finishedAt: instant.optional(),
});

const word = z.string().max(256);

export const statusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Generation of the spec that this status is about.'),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    wanted: numbersSchema.optional().describe('The configuration that the spec asks for.'),
    current: numbersSchema.optional().describe('The configuration that all pods of the backend run with.'),
    pods: z
      .string()
      .max(32)
      .optional()
      .describe('Pods that run the wanted configuration and are available, of all that should: "3/5".'),
    probe: probeStatusSchema.optional(),
    lastGood: numbersSchema.optional().describe('The newest configuration whose rollout ended well.'),
    lastFailed: numbersSchema
      .extend({ reason: z.string().max(256), message: z.string().max(1000), at: instant })
      .optional()
      .describe('The newest configuration whose own pods failed. It is not tried again by itself.'),
    history: z.array(historySchema).max(10).optional().describe('The rollouts, newest first.'),
    heard: z
      .object({ probe: word.optional(), retry: word.optional(), rollback: word.optional() })
      .optional()
      .describe('The annotations probe-, retry- and rollback-requested-at as the operator has read them.'),
  })
  .describe('What the operator saw last.');

export type ProfileSpec = z.infer<typeof specSchema>;
export type ProfileStatus = z.infer<typeof statusSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type ConditionType = (typeof CONDITION_TYPES)[number];
export type PoolNumbers = z.infer<typeof numbersSchema>;
export type ProbeStatus = z.infer<typeof probeStatusSchema>;
export type RolloutRecord = z.infer<typeof historySchema>;
