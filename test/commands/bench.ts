/**
 * `npm run bench`: measures the figures of docs/explanation/performance.md on a kind cluster of its own, which it deletes afterwards,
 * and writes them there. `-- --part latency --profiles 10,1000` measures some of them, and leaves the page unchanged.
 */
import { join } from 'node:path';
import { measureFigures } from '../../bench/bench.ts';
import { unlimitControllers } from '../../bench/cluster/controllers.ts';
import { type BenchArguments, readArguments } from '../../bench/options.ts';
import { writePage } from '../../bench/report/page.ts';
import { commitHere, resultsOf, writeResults } from '../../bench/results.ts';
import type { Outcome } from '../../bench/measure.ts';
import { Bed, kubectl } from '../bed/bed.ts';
import { CHECKOUT, CHECKOUT_CACHE, CHECKOUT_ID, folder } from '../runner/folders.ts';
import { type Run, SetUpError } from '../runner/run.ts';
import { orUsage } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';

const USAGE =
  'npm run bench -- [--part NAME,...] [--profiles N,...] [--changes N,...] [--singles N] [--runs N] [--idle SECONDS] [--smoke] [--keep]';

const bed = new Bed(`dbpool-bench-${CHECKOUT_ID}`);

async function bench(run: Run, { options, isWhole }: BenchArguments): Promise<Outcome> {
  const startedAt = performance.now();
  await bed.setUp(run);
  const { cluster, images, base } = bed;
  await unlimitControllers(run, cluster.node);
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
    return writePage(results, isWhole ? join(CHECKOUT, 'docs', 'explanation') : cache);
  };
  const outcome = await measureFigures({
    run: { ...run, say },
    options,
    cluster,
    images,
    base,
    onMeasured: (outcome) => void write(outcome, false),
  });
  run.say(`\n${write(outcome, true)}`);
  return outcome;
}

await runCommand({
  name: 'bench',
  next: 'The log has everything that was run. `npm run bench -- --part latency --profiles 10` is the shortest run.',
  interrupted: 'Finished parts are written. The cluster of the benchmark is deleted, now or by the next run.',
  work: async (run) => {
    const args = orUsage(USAGE, () => readArguments(process.argv.slice(2)));
    return onePerCheckout(run, 'bench', async () => {
      try {
        const { failures } = await bench(run, args);
        if (failures.length === 0) return 0;
        throw new SetUpError(failures.map(({ part, error }) => `${part}: ${error}`).join('\n'), {
          next: 'The measurements of the other parts are written. The log says more.',
        });
      } finally {
        if (!args.keep) await bed.takeDown(run);
      }
    });
  },
});
