/** The state of the cluster after a failed test, saved beside the log before the cluster is deleted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../kind/cluster.ts';
import { attempt } from '../../runner/execute.ts';
import { kubectlIn } from '../kind/kubectl.ts';
import { type Run, uninterrupted } from '../../runner/run.ts';

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'operator.log': [
    'logs',
    '-n',
    'dbpool-system',
    '-l',
    'app.kubernetes.io/name=dbpool-operator',
    '--prefix',
    '--tail=5000',
  ],
  'profiles.yaml': ['get', 'dbpoolprofiles', '-A', '-o', 'yaml'],
  'objects.txt': ['get', 'deployments,replicasets,jobs,pods,configmaps', '-A', '-o', 'wide'],
  'pods.txt': ['describe', 'pods', '-A'],
  'events.txt': ['get', 'events', '-A', '--sort-by=.lastTimestamp'],
};

/** Writes one file for each query into the folder of the run's log; where a query fails, the file has its error. */
export async function collectEvidence(run: Run, { node }: Cluster): Promise<void> {
  const outlasting = uninterrupted(run, 60_000);
  for (const [file, query] of Object.entries(QUERIES)) {
    const { stdout, stderr } = await attempt(outlasting, [...kubectlIn(node), ...query]);
    writeFileSync(join(run.log.folder, file), `${stdout}${stderr}`);
  }
}
