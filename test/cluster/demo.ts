/**
 * `npm run demo`: a cluster with the operator, an example backend, the Oracle stand-in and a profile, and what to try
 * with them. Run again, it is quick and changes nothing. `npm run demo -- --down` takes it all away.
 */
import { type Cluster, clusterCalled, deleteCluster, isTaken } from './kind/cluster.ts';
import { runCommand } from './command/command.ts';
import { attempt } from './command/execute.ts';
import { CHECKOUT_CACHE, CHECKOUT_ID, folder } from './command/folders.ts';
import { findKind } from './kind/kind.ts';
import { kubectl, kubectlIn } from './kind/kubectl.ts';
import { applyFile, applyFolder } from './project/manifests.ts';
import { profileIsReady } from './project/profile-is-ready.ts';
import type { Run } from './command/run.ts';
import { Facts, inWords, rolledOut, setUp } from './project/set-up.ts';
import { runSteps, type Step } from './command/steps.ts';
import { takeTurn } from './command/turn.mjs';

const NAMESPACE = 'shop';
const PROFILE = 'search-api';

/** `dbpool-demo`, or one of this checkout's own where another checkout has that. */
async function demoCluster(run: Run): Promise<Cluster> {
  const usual = clusterCalled('dbpool-demo');
  if (!(await isTaken(run, usual))) return usual;
  const own = clusterCalled(`dbpool-demo-${CHECKOUT_ID}`);
  run.say(`The cluster ${usual.name} is of another checkout of this project: this one's is ${own.name}.`);
  return own;
}

async function up(run: Run, cluster: Cluster): Promise<number> {
  const facts = new Facts();
  await setUp(run, cluster, facts);
  await runSteps(run, demoSteps(cluster, facts));
  const table = await kubectl(run, cluster.node, ['get', 'dbpoolprofiles', '-n', NAMESPACE]);
  console.log(`\n${await whatToTry(run, cluster, table)}`);
  return 0;
}

async function down(run: Run, cluster: Cluster): Promise<number> {
  await runSteps(run, [
    {
      title: `Take ${cluster.name} away`,
      run: async (step) => {
        const kind = await findKind(step);
        if (kind.kind !== 'found') return 'there is no kind here, and so no cluster of its making';
        await deleteCluster(step, cluster, kind.value);
        return 'done';
      },
    },
  ]);
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
        const database = await applyFolder(run, cluster, 'test/cluster/demo', { images });
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
  const { exitCode } = await attempt(run, ['kubectl', 'version', '--client']);
  const command = exitCode === 0 ? 'kubectl' : kubectlIn(node).join(' ');
  const set = (pool: string) =>
    `kubectl patch -n ${NAMESPACE} dbpp ${PROFILE} --type=merge -p '{"spec":{"pool":${pool}}}'`;
  return [
    `$ kubectl get dbpoolprofiles -n ${NAMESPACE}`,
    table,
    'What to try next:',
    '',
    ...(exitCode === 0
      ? [`  export KUBECONFIG=${kubeconfig}`]
      : ['  # There is no kubectl on PATH; the one in the cluster does:', `  alias kubectl='${command}'`]),
    '',
    '  # Other numbers: one probe, one rolling restart, and the backend says so in its own log.',
    `  ${set('{"max":60}')}`,
    `  kubectl get -n ${NAMESPACE} dbpp -w`,
    `  kubectl logs -n ${NAMESPACE} deployment/search-api`,
    '',
    '  # More than the API server takes, and a password that is wrong: nothing is rolled, and you are told.',
    `  ${set('{"min":70}')}`,
    `  kubectl patch -n ${NAMESPACE} secret search-api-db -p '{"stringData":{"DB_PASSWORD":"wrong"}}'`,
    `  kubectl annotate -n ${NAMESPACE} dbpp ${PROFILE} --overwrite dbpool.dev/probe-requested-at="$(date)"`,
    `  kubectl get -n ${NAMESPACE} dbpp -o wide`,
    '',
    '  npm run demo -- --down   # takes it all away',
  ].join('\n');
}

await runCommand({
  name: 'demo',
  next: 'Run `npm run demo` again: it goes on where it was. `npm run demo -- --down` begins anew.',
  interrupted: 'Run `npm run demo` again to go on, `npm run demo -- --down` to take it all away.',
  work: async (run) => {
    const release = await takeTurn(`${folder(CHECKOUT_CACHE)}/demo.lock`, {
      signal: run.signal,
      onWait: (pid) => run.say(`waiting for the demo that process ${pid} runs from this checkout`),
    });
    try {
      const cluster = await demoCluster(run);
      return await (process.argv.includes('--down') ? down(run, cluster) : up(run, cluster));
    } finally {
      release();
    }
  },
});
