/**
 * A change with a probe Job that opens the pool, and a rollout of three pods. Watches of the objects divide its time: what
 * lies between two steps of Kubernetes itself is the operator's share.
 */
import { markAuditLog, requestsSince } from '../cluster/audit-log.ts';
import { Observer } from '../cluster/observer.ts';
import type { Seen } from '../cluster/plain-client.ts';
import { OPERATOR } from '../../test/bed/bed.ts';
import type { Bench } from '../part.ts';
import { deployRollingShop, emptyJob, JOBS, ROLLING } from '../rolling-shop.ts';
import type { Measurement } from '../figures.ts';
import { type TimeShares, timeShares } from '../time-shares.ts';
import { deployments, hasGeneration, isReady, patchTemplate, profiles, setMax } from '../shop.ts';

type Sights = { readonly jobs: Observer; readonly backends: Observer; readonly reports: Observer };

export async function measureEndToEnd(bench: Bench): Promise<readonly Measurement[]> {
  const { client, images, options, run, cluster } = bench;
  await deployRollingShop(client, images);
  using jobs = await Observer.start(client, JOBS);
  using backends = await Observer.start(client, deployments(ROLLING));
  using reports = await Observer.start(client, profiles(ROLLING));
  const sights = { jobs, backends, reports };
  const times: (TimeShares & Readonly<Record<'job' | 'rollout' | 'statusWrites', number>>)[] = [];
  for (let time = 1; time <= options.runs; time += 1) {
    const job = await timeOfJob(bench, sights, `empty-${time}`);
    const rollout = await timeOfRollout(bench, sights, String(time));
    const mark = await markAuditLog(run, cluster.node);
    const change = await timeOfChange(bench, sights, 40 + time);
    const requests = await requestsSince(run, cluster.node, mark);
    const statusWrites = requests.filter(({ resource }) => resource === 'dbpoolprofiles/status').length;
    times.push({ ...change, job, rollout, statusWrites });
    run.say(`${Math.round(change.total)} ms, of it an empty Job ${Math.round(job)}, a rollout ${Math.round(rollout)}`);
  }
  const samples = (pick: (one: (typeof times)[number]) => number) => times.map(pick);
  return [
    {
      figure: 'endToEnd',
      at: {},
      samples: samples(({ total }) => total),
      baseline: samples((one) => one.job + one.rollout),
    },
    { figure: 'endToEnd.job', at: {}, samples: samples(({ job }) => job) },
    { figure: 'endToEnd.rollout', at: {}, samples: samples(({ rollout }) => rollout) },
    { figure: 'endToEnd.before', at: {}, samples: samples(({ before }) => before) },
    { figure: 'endToEnd.between', at: {}, samples: samples(({ between }) => between) },
    { figure: 'endToEnd.after', at: {}, samples: samples(({ after }) => after) },
    { figure: 'endToEnd.added', at: {}, samples: samples((one) => one.before + one.between + one.after) },
    { figure: 'endToEnd.writes.status', at: {}, samples: samples((one) => one.statusWrites) },
  ];
}

async function timeOfJob({ client, images }: Bench, { jobs }: Sights, name: string): Promise<number> {
  const complete = jobs.when(name, isComplete);
  const startedAt = performance.now();
  await client.create(JOBS, emptyJob(name, images[OPERATOR] ?? ''));
  return (await complete) - startedAt;
}

async function timeOfRollout({ client }: Bench, { backends }: Sights, word: string): Promise<number> {
  const generation = await nextGeneration(client, `${deployments(ROLLING)}/bare`);
  const rolled = backends.when('bare', (object) => isRolledOut(object, generation));
  const startedAt = performance.now();
  await patchTemplate(client, ROLLING, 'bare', word);
  return (await rolled) - startedAt;
}

async function timeOfChange({ client }: Bench, sights: Sights, max: number): Promise<TimeShares> {
  const template = await nextGeneration(client, `${deployments(ROLLING)}/api`);
  const wanted = await nextGeneration(client, `${profiles(ROLLING)}/api`);
  const isOurs = ({ metadata }: Seen) => metadata.name.startsWith('api-probe-');
  const made = sights.jobs.whenAny((job) => isOurs(job) && !isComplete(job));
  const proven = sights.jobs.whenAny((job) => isOurs(job) && isComplete(job));
  const changed = sights.backends.when('api', (object) => hasGeneration(object, template));
  const rolled = sights.backends.when('api', (object) => isRolledOut(object, template));
  const ready = sights.reports.when('api', (object) => isReady(object, wanted));
  const started = performance.now();
  await setMax(client, profiles(ROLLING), 'api', max);
  return timeShares({
    started,
    jobMade: await made,
    proven: await proven,
    changed: await changed,
    rolled: await rolled,
    ready: await ready,
  });
}

const nextGeneration = async (client: Bench['client'], path: string): Promise<number> =>
  ((await client.get(path)).metadata.generation ?? 0) + 1;

type JobStatus = { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };

const isComplete = ({ status }: Seen): boolean =>
  ((status ?? {}) as JobStatus).conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True') ===
  true;

type RolloutStatus = Readonly<
  Partial<Record<'observedGeneration' | 'replicas' | 'updatedReplicas' | 'availableReplicas', number>>
>;

function isRolledOut({ spec, status }: Seen, generation: number): boolean {
  const { replicas } = spec as { readonly replicas: number };
  const { observedGeneration = 0, ...seen } = (status ?? {}) as RolloutStatus;
  const counts = [seen.replicas, seen.updatedReplicas, seen.availableReplicas];
  return observedGeneration >= generation && counts.every((one) => one === replicas);
}
