/**
 * Kubernetes objects as they stand in YAML files, read for `plan`: profiles, their Deployments and autoscalers. What is
 * missing takes Kubernetes' defaults; objects of other kinds are nobody's business here.
 */
import * as z from 'zod';
import { GROUP, KIND, specSchema } from '../../profile.ts';
import { DEFAULT_STRATEGY, type Strategy } from './strategy.ts';

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().default('default'),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
});

const headSchema = z.object({ apiVersion: z.string(), kind: z.string(), items: z.array(z.unknown()).optional() });

const wordsSchema = z.record(z.string(), z.string());

const percentSchema = z.templateLiteral([z.int().min(0), '%']);
const amountSchema = z.union([z.int().min(0), percentSchema]);

const rollingUpdateSchema = z.object({
  maxSurge: amountSchema.default(DEFAULT_STRATEGY.maxSurge),
  maxUnavailable: amountSchema.default(DEFAULT_STRATEGY.maxUnavailable),
});

const strategySchema = z
  .object({
    type: z.enum(['Recreate', 'RollingUpdate']).default(DEFAULT_STRATEGY.kind),
    rollingUpdate: rollingUpdateSchema.nullish(),
  })
  .transform(({ type, rollingUpdate }): Strategy =>
    type === 'Recreate' ? { kind: type } : { ...DEFAULT_STRATEGY, ...rollingUpdate },
  );

const variableSchema = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ configMapKeyRef: z.object({ key: z.string() }).nullish() }).nullish(),
});

const containerSchema = z.object({
  name: z.string(),
  env: z.array(variableSchema).default([]),
  readinessProbe: z.unknown().optional(),
});

const deploymentSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: z.int().min(0).default(1),
    strategy: strategySchema.default(DEFAULT_STRATEGY),
    template: z.object({
      metadata: z.object({ annotations: wordsSchema.nullish(), labels: wordsSchema.nullish() }).nullish(),
      spec: z.object({ containers: z.array(containerSchema).min(1) }),
    }),
  }),
});

const autoscalerSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    maxReplicas: z.int().min(1),
  }),
});

const profileSchema = z.object({
  metadata: metadataSchema,
  spec: specSchema,
  status: z.unknown().optional(),
});

export type Deployment = z.infer<typeof deploymentSchema>;
export type Profile = z.infer<typeof profileSchema>;

export type Manifests = {
  readonly profiles: readonly Profile[];
  readonly deployments: readonly Deployment[];
  readonly autoscalers: readonly z.infer<typeof autoscalerSchema>[];
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
};

/** Lists are taken apart. */
export function readManifests(objects: readonly unknown[]): Manifests {
  const profiles: Profile[] = [];
  const deployments: Deployment[] = [];
  const autoscalers: Manifests['autoscalers'][number][] = [];
  const problems: string[] = [];
  const read = <T>(object: unknown, schema: z.ZodType<T>, into: T[]) => {
    const parsed = schema.safeParse(object);
    if (parsed.success) into.push(parsed.data);
    else problems.push(`${nameOf(object)}: ${problemOf(parsed.error)}`);
  };
  for (const object of objects.flatMap(unlisted)) {
    const kind = kindOf(object);
    if (kind === `${GROUP} ${KIND}`) read(object, profileSchema, profiles);
    if (kind === 'apps Deployment') read(object, deploymentSchema, deployments);
    if (kind === 'autoscaling HorizontalPodAutoscaler') read(object, autoscalerSchema, autoscalers);
  }
  return { profiles, deployments, autoscalers, problems };
}

function unlisted(object: unknown): readonly unknown[] {
  return headSchema.safeParse(object).data?.items?.flatMap(unlisted) ?? [object];
}

function kindOf(object: unknown): string | undefined {
  const head = headSchema.safeParse(object).data;
  return head && `${head.apiVersion.split('/')[0]} ${head.kind}`;
}

function nameOf(object: unknown): string {
  const head = headSchema.safeParse(object).data;
  const metadata = z.object({ metadata: metadataSchema }).safeParse(object).data?.metadata;
  return `${head?.kind ?? 'object'} ${metadata === undefined ? 'without a name' : `${metadata.namespace}/${metadata.name}`}`;
}

const problemOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
