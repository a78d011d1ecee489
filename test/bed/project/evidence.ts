/** What a person asks for first when a test on the cluster failed, kept beside the log before the cluster goes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../kind/cluster.ts';
import { attempt } from '../../runner/execute.ts';
import { kubectlIn } from '../kind/kubectl.ts';
import { type Run, uninterrupted } from '../../runner/run.ts';

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
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

/** Writes one file a question into the folder of the run's log. A question without an answer is in the log as such. */
export async function collectEvidence(run: Run, { node }: Cluster): Promise<void> {
  const asking = uninterrupted(run, 60_000);
  for (const [file, question] of Object.entries(QUESTIONS)) {
    const { stdout, stderr } = await attempt(asking, [...kubectlIn(node), ...question]);
    writeFileSync(join(run.log.folder, file), `${stdout}${stderr}`);
  }
}
