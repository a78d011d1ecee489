/**
 * `npm run demo`: a cluster with the operator, an example backend, the Oracle stand-in and a profile, and what to try
 * with them. A second run is quick and changes nothing. `npm run demo -- --down` removes all of it.
 */
import {
  applyFile,
  applyFolder,
  Bed,
  type Cluster,
  clusterCalled,
  deleteCluster,
  describeApplied,
  findKind,
  kubectl,
  kubectlIn,
  ownerOf,
  removeImages,
  rolledOut,
} from '../bed/bed.ts';
import { attempt } from '../runner/execute.ts';
import { CHECKOUT_CACHE, CHECKOUT_ID, USER_CACHE } from '../runner/folders.ts';
import { type Run, SetUpError } from '../runner/run.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';
import { profileIsReady } from './support/profile-is-ready.ts';

const NAMESPACE = 'shop';
const PROFILE = 'search-api';

/** `dbpool-demo`, or a name with this checkout's id where another checkout has that cluster. */
const candidates = [clusterCalled('dbpool-demo'), clusterCalled(`dbpool-demo-${CHECKOUT_ID}`)];

/** The cluster of this checkout, else the first name that is free. */
async function demoCluster(run: Run): Promise<Cluster> {
  const owners = await Promise.all(candidates.map((cluster) => ownerOf(run, cluster)));
  const chosen = candidates[owners.includes('us') ? owners.indexOf('us') : owners.indexOf('nobody')];
  if (chosen === undefined) {
    throw new SetUpError(`the clusters ${candidates.map(({ name }) => name).join(' and ')} belong to other checkouts`, {
      next: 'Remove one from its own checkout with `npm run demo -- --down`.',
    });
  }
  if (chosen !== candidates[0])
    run.say(`dbpool-demo belongs to another checkout: this checkout's cluster is ${chosen.name}`);
  return chosen;
}

async function up(run: Run, cluster: Cluster): Promise<number> {
  const bed = new Bed(cluster.name);
  await bed.setUp(run);
  await runSteps(run, demoSteps(bed));
  const table = await kubectl(run, cluster.node, ['get', 'dbpoolprofiles', '-n', NAMESPACE]);
  console.log(`\n${await whatToTry(run, cluster, table)}`);
  return 0;
}

async function down(run: Run): Promise<number> {
  const kind = await findKind(run);
  if (kind.kind !== 'found') {
    console.log('kind is not installed here, so there is no cluster to remove.');
    return 0;
  }
  const steps = candidates.map((cluster) => ({
    title: `Cluster ${cluster.name}`,
    run: async (step: Run) => {
      const owner = await ownerOf(step, cluster);
      if (owner === 'us') await deleteCluster(step, cluster, kind.value);
      return { us: 'deleted', nobody: 'does not exist', another: "another checkout's: unchanged" }[owner];
    },
  }));
  await runSteps(run, [...steps, { title: "The project's images", run: removeImages }]);
  console.log(`\nStill there: Docker, and the caches ${USER_CACHE} and ${CHECKOUT_CACHE}`);
  return 0;
}

function demoSteps({ cluster, images }: Bed): readonly Step[] {
  return [
    {
      title: 'Oracle stand-in (a test tool, no database) and example backend',
      run: async (run) => {
        // The database first: a backend exits without it, and the kubelet restarts it only after a backoff.
        const namespace = await applyFile(run, cluster, 'examples/backend/manifests/namespace.yaml');
        const database = await applyFolder(run, cluster, 'test/commands/demo', { images });
        await rolledOut(run, cluster, NAMESPACE, 'oracle');
        const backend = await applyFolder(run, cluster, 'examples/backend/manifests', { images });
        await rolledOut(run, cluster, NAMESPACE, 'search-api');
        return describeApplied(namespace + database + backend);
      },
    },
    {
      title: `Profile ${PROFILE}`,
      run: async (run) => {
        const applied = await applyFile(run, cluster, 'examples/profile.yaml');
        const message = await profileIsReady(run, cluster, NAMESPACE, PROFILE);
        return `${applied === 0 ? 'unchanged' : 'applied'}; Ready: ${message}`;
      },
    },
  ];
}

async function whatToTry(run: Run, { kubeconfig, node }: Cluster, table: string): Promise<string> {
  const hasKubectl = (await attempt(run, ['kubectl', 'version', '--client'])).exitCode === 0;
  const set = (pool: string) =>
    `kubectl patch -n ${NAMESPACE} dbpp ${PROFILE} --type=merge -p '{"spec":{"pool":${pool}}}'`;
  const password = (value: string) =>
    `kubectl patch -n ${NAMESPACE} secret search-api-db -p '{"stringData":{"DB_PASSWORD":"${value}"}}'`;
  const probeNow = `kubectl annotate -n ${NAMESPACE} dbpp ${PROFILE} --overwrite dbpool.dev/probe-requested-at="$(date)"`;
  return [
    `$ kubectl get dbpoolprofiles -n ${NAMESPACE}`,
    table,
    'What to try next:',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    ...(hasKubectl
      ? []
      : [`  alias kubectl='${kubectlIn(node).join(' ')}'   # there is none on PATH; this one is the node's`]),
    '',
    '  # Other pool settings: one probe, one rolling update, and the backend logs the new settings.',
    `  ${set('{"max":60}')}`,
    `  kubectl get -n ${NAMESPACE} dbpp -w`,
    `  kubectl logs -n ${NAMESPACE} deployment/search-api`,
    '',
    '  # An invalid value: the API server rejects it and says why.',
    `  ${set('{"min":70}')}`,
    '',
    '  # A wrong password: one failed logon, no rollout, and the status says why. Then the right one again.',
    `  ${password('wrong')}`,
    `  ${probeNow}`,
    `  kubectl get -n ${NAMESPACE} dbpp -o wide`,
    `  ${password('made-up-for-the-demo')}`,
    `  ${probeNow}`,
    '',
    '  npm run demo -- --down   # removes all of it',
  ].join('\n');
}

await runCommand({
  name: 'demo',
  next: 'Run `npm run demo` again: it continues where it stopped. `npm run demo -- --down` removes everything first.',
  interrupted: 'Run `npm run demo` again to continue, or `npm run demo -- --down` to remove everything.',
  work: async (run) => {
    const { values } = readArguments('npm run demo -- [--down]', { options: { down: { type: 'boolean' } } });
    return onePerCheckout(run, 'demo', async () =>
      values.down === true ? down(run) : up(run, await demoCluster(run)),
    );
  },
});
