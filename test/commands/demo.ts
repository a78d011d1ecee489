/**
 * `npm run demo`: a cluster with the operator, an example backend, the Oracle stand-in and a profile, and what to try
 * with them. Run again, it is quick and changes nothing. `npm run demo -- --down` takes it all away.
 */
import { type Cluster, clusterCalled, deleteCluster, ownerOf } from '../bed/kind/cluster.ts';
import { runCommand } from './support/command.ts';
import { attempt } from '../runner/execute.ts';
import { CHECKOUT, CHECKOUT_CACHE, CHECKOUT_ID, USER_CACHE } from '../runner/folders.ts';
import { findKind } from '../bed/kind/kind.ts';
import { kubectl, kubectlIn } from '../bed/kind/kubectl.ts';
import { removeImages } from '../bed/project/images.ts';
import { applyFile, applyFolder } from '../bed/project/manifests.ts';
import { profileIsReady } from './support/profile-is-ready.ts';
import { type Run, SetUpError } from '../runner/run.ts';
import { Facts, inWords, rolledOut, setUp } from '../bed/set-up.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { acquireLock } from '../runner/lock.mjs';
import { readArguments } from './support/arguments.ts';

const NAMESPACE = 'shop';
const PROFILE = 'search-api';

/** `dbpool-demo`; where another checkout has that, one that is named after this one. */
const candidates = [clusterCalled('dbpool-demo'), clusterCalled(`dbpool-demo-${CHECKOUT_ID}`)];

/** The cluster that this checkout has, or the first that nobody has. */
async function demoCluster(run: Run): Promise<Cluster> {
  const owners = await Promise.all(candidates.map((cluster) => ownerOf(run, cluster)));
  const chosen = candidates[owners.includes('us') ? owners.indexOf('us') : owners.indexOf('nobody')];
  if (chosen === undefined) {
    throw new SetUpError(`the clusters ${candidates.map(({ name }) => name).join(' and ')} are of other checkouts`, {
      next: 'Take one away there with `npm run demo -- --down`.',
    });
  }
  if (chosen !== candidates[0]) run.say(`dbpool-demo is of another checkout: this one's is ${chosen.name}`);
  return chosen;
}

async function up(run: Run, cluster: Cluster): Promise<number> {
  const facts = new Facts();
  await setUp(run, cluster, facts);
  await runSteps(run, demoSteps(cluster, facts));
  const table = await kubectl(run, cluster.node, ['get', 'dbpoolprofiles', '-n', NAMESPACE]);
  console.log(`\n${await whatToTry(run, cluster, table)}`);
  return 0;
}

async function down(run: Run): Promise<number> {
  const kind = await findKind(run);
  if (kind.kind !== 'found') {
    console.log('There is no kind here, and so no cluster that it made.');
    return 0;
  }
  const steps = candidates.map((cluster) => ({
    title: `Cluster ${cluster.name}`,
    run: async (step: Run) => {
      const owner = await ownerOf(step, cluster);
      if (owner === 'us') await deleteCluster(step, cluster, kind.value);
      return { us: 'gone', nobody: 'there is none', another: "another checkout's: left alone" }[owner];
    },
  }));
  await runSteps(run, [...steps, { title: "The project's images", run: removeImages }]);
  console.log(`\nLeft: Docker, and what is quick to have again: ${USER_CACHE}, ${CHECKOUT_CACHE}`);
  return 0;
}

function demoSteps(cluster: Cluster, facts: Facts): readonly Step[] {
  return [
    {
      title: 'Oracle stand-in (a test tool, no database) and example backend',
      run: async (run) => {
        const images = facts.images.get();
        // The database first: a backend that does not find it ends, and is started again only after a pause.
        const namespace = await applyFile(run, cluster, 'examples/backend/manifests/namespace.yaml');
        const database = await applyFolder(run, cluster, 'test/commands/demo', { images });
        await rolledOut(run, cluster, NAMESPACE, 'oracle');
        const backend = await applyFolder(run, cluster, 'examples/backend/manifests', { images });
        await rolledOut(run, cluster, NAMESPACE, 'search-api');
        return inWords(namespace + database + backend);
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
    ...(hasKubectl ? [] : [`  alias kubectl='${kubectlIn(node).join(' ')}'   # there is none on PATH; the node's own`]),
    '',
    '  # Other numbers: one probe, one rolling restart, and the backend says so in its own log.',
    `  ${set('{"max":60}')}`,
    `  kubectl get -n ${NAMESPACE} dbpp -w`,
    `  kubectl logs -n ${NAMESPACE} deployment/search-api`,
    '',
    '  # More than the API server takes: it is refused, and says why.',
    `  ${set('{"min":70}')}`,
    '',
    '  # A password that is wrong: one logon, nothing is rolled, and you are told. Then the right one again.',
    `  ${password('wrong')}`,
    `  ${probeNow}`,
    `  kubectl get -n ${NAMESPACE} dbpp -o wide`,
    `  ${password('made-up-for-the-demo')}`,
    `  ${probeNow}`,
    '',
    '  npm run demo -- --down   # takes it all away',
  ].join('\n');
}

await runCommand({
  name: 'demo',
  next: 'Run `npm run demo` again: it goes on where it was. `npm run demo -- --down` begins anew.',
  interrupted: 'Run `npm run demo` again to go on, `npm run demo -- --down` to take it all away.',
  work: async (run) => {
    const { values } = readArguments('npm run demo -- [--down]', { options: { down: { type: 'boolean' } } });
    const release = await acquireLock(`demo ${CHECKOUT}`, {
      signal: run.signal,
      onWait: (pid) => run.say(`waiting for the demo that process ${pid ?? '?'} runs from this checkout`),
    });
    try {
      return await (values.down === true ? down(run) : up(run, await demoCluster(run)));
    } finally {
      await release();
    }
  },
});
