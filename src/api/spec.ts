/** The spec: what a person wants. The defaults, bounds and messages that they meet are written here and in its parts. */
import * as z from 'zod';
import { databaseSchema } from './database.ts';
import { cel, containerName, objectName } from './schema-helpers.ts';
import { GROUP } from './group.ts';
import { rolloutDefaults, rolloutSchema } from './rollout.ts';

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

const poolDefaults = { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 };

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
    poolsPerPod: z
      .int()
      .min(1)
      .max(256)
      .default(poolDefaults.poolsPerPod)
      .describe(
        'Pools that each pod opens: its worker processes, where each has a pool of its own. Counted for the sessions of the database; the backend does not see it.',
      ),
  })
  .describe('The four numbers of the connection pool, for each pod.')
  .refine((pool) => pool.min <= pool.max, 'min must not be greater than max')
  .meta(cel('self.min <= self.max', 'min must not be greater than max'));

const probeDefaults = {
  policy: 'Required' as const,
  intervalSeconds: 3600,
  timeoutSeconds: 60,
  maxConnections: 10,
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
    maxConnections: z
      .int()
      .min(1)
      .max(100)
      .default(probeDefaults.maxConnections)
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

export type ProfileSpec = z.infer<typeof specSchema>;
