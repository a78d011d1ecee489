/** The spec: its fields with defaults, bounds and messages, here and in its parts. */
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
      'Container that opens the pool. Default: the container that settings were rolled out to; before the first rollout, the container named by the annotation kubectl.kubernetes.io/default-container of the pod template, else the first container.',
    ),
  adopt: z
    .boolean()
    .default(false)
    .describe(
      'Take over pool variables that another owner set. Their former values are kept in the annotation dbpool.dev/adopted-env of the Deployment. Remove the variables from your own manifest too: the API server rejects the next apply that contains them.',
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
        'Connections that each pool keeps open even when idle. The backend reads it as DB_POOL_MIN. Recommended: 2 to 20.',
      ),
    max: z
      .int()
      .min(1)
      .max(2000)
      .default(poolDefaults.max)
      .describe(
        'Maximum number of connections that each pool opens. Multiplied by poolsPerPod and the number of pods, surge included, it must fit into the sessions of the database. The backend reads it as DB_POOL_MAX. Recommended: 20 to 200.',
      ),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(600)
      .default(poolDefaults.timeoutSeconds)
      .describe(
        'Seconds that a caller waits for a free connection before it gets an error. The backend reads it as DB_POOL_TIMEOUT. Recommended: 10 to 60.',
      ),
    recycleSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(poolDefaults.recycleSeconds)
      .describe(
        'Age in seconds at which a connection is replaced by a new one; 0 for never, else 60 or more. Keep it below the idle timeout of any firewall on the way. The backend reads it as DB_POOL_RECYCLE. Recommended: 600 to 7200.',
      )
      .meta(cel(['self == 0 || self >= 60', 'must be 0 (never) or at least 60 seconds'])),
    poolsPerPod: z
      .int()
      .min(1)
      .max(256)
      .default(poolDefaults.poolsPerPod)
      .describe(
        'Pools that each pod opens, for example one for each worker process. It counts towards the sessions of the database; the backend does not read it.',
      ),
  })
  .describe('The settings of each connection pool.')
  .refine((pool) => pool.min <= pool.max, 'min must not be greater than max')
  .meta(cel(['self.min <= self.max', 'min must not be greater than max']));

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
  .refine((key) => !key.startsWith(`${GROUP}/`), `labels that begin with ${GROUP}/ are reserved for the operator`);
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
        'Required: a rollout starts only after a probe Job has opened a pool with exactly these settings. Advisory: the probe reports, and blocks nothing. Disabled: there is no probe, and no database is required.',
      ),
    intervalSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(probeDefaults.intervalSeconds)
      .describe(
        'Length in seconds of the interval in which a successful probe is repeated once, each profile at its own moment; 0 for never, else 30 or more. If the repeated probe fails, the profile is not Ready, and the backend is unchanged.',
      )
      .meta(cel(['self == 0 || self >= 30', 'must be 0 (never) or at least 30 seconds'])),
    timeoutSeconds: z
      .int()
      .min(5)
      .max(600)
      .default(probeDefaults.timeoutSeconds)
      .describe('Seconds after which the probe gives up.'),
    maxConnections: z
      .int()
      .min(1)
      .max(100)
      .default(probeDefaults.maxConnections)
      .describe(
        'Maximum number of connections that the probe holds open at a time. The probe opens min connections, but never more than this, and never max.',
      ),
    podLabels: z
      .record(labelKey, labelValue)
      .default(probeDefaults.podLabels)
      .describe(
        'Additional labels of the probe pod, for a NetworkPolicy or a sidecar injector. They are rejected if they make the selector of the Deployment, of a Service or of a PodDisruptionBudget match the probe pod.',
      )
      .meta({ maxProperties: 20 }),
  })
  .describe('The Job that tries the pool settings before a rollout.');

export const specSchema = z
  .object({
    targetRef: targetRefSchema.describe('The workload whose connection pool this profile manages.'),
    pool: poolSchema.default(poolDefaults),
    database: databaseSchema.optional(),
    probe: probeSchema.default(probeDefaults),
    rollout: rolloutSchema.default(rolloutDefaults),
    onDelete: z
      .enum(['Retain', 'Restore'])
      .default('Retain')
      .describe(
        'What happens to the backend when the profile is deleted. Retain: the backend is unchanged. Restore: the operator first restores the former values of the variables, which causes one rollout.',
      ),
    suspend: z
      .boolean()
      .default(false)
      .describe('Stop probes, rollouts, repairs and rollbacks. The status is still updated.'),
  })
  .describe('The desired connection pool of a backend.')
  .meta(
    cel([
      "has(self.database) || self.probe.policy == 'Disabled'",
      'database is required unless probe.policy is Disabled',
    ]),
  );

export type ProfileSpec = z.infer<typeof specSchema>;
