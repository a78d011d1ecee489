/**
 * `npm run bench`: takes the figures of docs/performance.md on a kind cluster of its own, which is gone afterwards, and
 * writes them there. `-- --part latency --profiles 10,1000` takes some of them, and leaves docs/performance.md alone.
 */
import { join } from 'node:path';
import { runCommand } from './support/command.ts';
import { CHECKOUT, CHECKOUT_CACHE, CHECKOUT_ID, folder } from '../runner/folders.ts';
import { type Run, SetUpError, uninterrupted } from '../runner/run.ts';
import { acquireLock } from '../runner/lock.mjs';
import { orUsage } from './support/arguments.ts';
import { clusterCalled, deleteCluster } from '../bed/kind/cluster.ts';
import { kubectl } from '../bed/kind/kubectl.ts';
import { Facts, setUp } from '../bed/set-up.ts';
import { takeFigures } from '../../bench/bench.ts';
import { unlimitControllers } from '../../bench/cluster/controllers.ts';
import { type BenchArguments, readArguments } from '../../bench/options.ts';
import { writePage } from '../../bench/report/page.ts';
import { commitHere, resultsOf, writeResults } from '../../bench/results.ts';
import type { Outcome } from '../../bench/taking.ts';

const USAGE =
  'npm run bench -- [--part NAME,...] [--profiles N,...] [--changes N,...] [--singles N] [--runs N] [--rest SECONDS] [--smoke] [--keep]';

const cluster = clusterCalled(`dbpool-bench-${CHECKOUT_ID}`);
const facts = new Facts();

async function bench(run: Run, { options, isWhole }: BenchArguments): Promise<Outcome> {
  const startedAt = performance.now();
  await setUp(run, cluster, facts);
  await unlimitControllers(run, cluster.node);
  const { base } = facts.startImages.get();
  const elapsed = () => (performance.now() - startedAt) / 60_000;
  const say = (line: string) => run.say(`${elapsed().toFixed(1).padStart(5)} min  ${line}`);
  const version = await kubectl(run, cluster.node, ['get', '--raw', '/version']);
  const kubernetes = /"gitVersion": "([^"]+)"/.exec(version)?.[1] ?? 'unknown';
  const commit = commitHere();
  const cache = folder(CHECKOUT_CACHE, 'bench');
  const file = isWhole ? join(CHECKOUT, 'bench', 'results', 'latest.json') : join(cache, 'results.json');
  const write = (outcome: Outcome, isComplete: boolean) => {
    const minutes = Math.round(elapsed() * 10) / 10;
    const results = resultsOf(outcome, { commit, options, kubernetes, minutes, isComplete });
    writeResults(file, results);
    return writePage(results, isWhole ? join(CHECKOUT, 'docs') : cache);
  };
  const outcome = await takeFigures({
    run: { ...run, say },
    options,
    cluster,
    images: facts.images.get(),
    base,
    onTaken: (taken) => void write(taken, false),
  });
  run.say(`\n${write(outcome, true)}`);
  return outcome;
}

await runCommand({
  name: 'bench',
  next: 'The log has everything that was run. `npm run bench -- --part latency --profiles 10` is the shortest run.',
  interrupted: 'Parts that were taken are written. The cluster of the benchmark is gone, or goes with the next run.',
  work: async (run) => {
    const args = orUsage(USAGE, () => readArguments(process.argv.slice(2)));
    const release = await acquireLock(`bench ${CHECKOUT}`, {
      signal: run.signal,
      onWait: (pid) => run.say(`waiting for the benchmark that process ${pid ?? '?'} runs in this checkout`),
    });
    try {
      const { failures } = await bench(run, args);
      if (failures.length === 0) return 0;
      throw new SetUpError(failures.map(({ part, error }) => `${part}: ${error}`).join('\n'), {
        next: 'What the other parts measured was written. The log says more.',
      });
    } finally {
      if (facts.kind.isFound && !args.keep) await deleteCluster(uninterrupted(run, 60_000), cluster, facts.kind.get());
      await release();
    }
  },
});
