/**
 * `npm run soak`: profiles change at random while faults hit the operator and the control plane, on a kind cluster of its
 * own. Ten minutes by default; `-- --minutes 3` or `-- --hours 8` for another time, `-- --seed 7` to repeat a run.
 */
import { BACKEND, Bed, STAND_IN } from '../bed/bed.ts';
import { CHECKOUT_ID } from '../runner/folders.ts';
import type { Run } from '../runner/run.ts';
import { runSteps, type Step } from '../runner/steps.ts';
import { lengthAndSeed } from '../soak/options.ts';
import { soak, type SoakResult } from '../soak/soak.ts';
import { orUsage, readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';
import { onePerCheckout } from './support/one-per-checkout.ts';

const USAGE = 'npm run soak -- [--minutes N | --hours N] [--seed N] [--keep]';

type Options = { readonly durationMs: number; readonly seed: number; readonly keep: boolean };

/** Throws a SetUpError for an unknown argument or value. */
function readOptions(): Options {
  const text = { type: 'string' } as const;
  const options = { minutes: text, hours: text, seed: text, keep: { type: 'boolean', default: false } } as const;
  const { values } = readArguments(USAGE, { options });
  return orUsage(USAGE, () => ({ ...lengthAndSeed(values), keep: values.keep }));
}

const bed = new Bed(`dbpool-soak-${CHECKOUT_ID}`);

async function setUpAndSoak(run: Run, { durationMs, seed }: Options): Promise<SoakResult> {
  await bed.setUp(run);
  let result: SoakResult | undefined;
  const step: Step = {
    title: `Soak of ${durationMs / 60_000} min, seed ${seed}`,
    run: async (stepRun) => {
      const { [BACKEND]: backend = '', [STAND_IN]: standIn = '' } = bed.images;
      result = await soak(stepRun, bed.cluster, { durationMs, seed, images: { backend, standIn } });
      if (result.findings.some(({ holds }) => !holds)) await bed.collectEvidence(run);
    },
  };
  await runSteps(run, [step]);
  if (result === undefined) throw new Error('the soak ended without a result');
  return result;
}

function table({ findings, faults, cycles }: SoakResult, { seed, durationMs }: Options): string {
  const seconds = (ms = 0) => `${(ms / 1000).toFixed(1)} s`;
  const took = cycles.flatMap(({ from, to }) => (to === undefined ? [] : [to - from])).toSorted((a, b) => a - b);
  const anew = cycles.filter(({ isMadeAnew }) => isMadeAnew).length;
  const lines = [
    ...[...faults].map(([title, count]) => [title, String(count)]),
    [
      'changes of profiles',
      `${cycles.length}, ${anew} by deletion and creation: median ${seconds(took[took.length >> 1])}, longest ${seconds(took.at(-1))}`,
    ],
    ...findings.map(({ title, holds, seen }) => [title, `${holds ? 'ok  ' : 'FAIL'}  ${seen}`]),
    ['again', `npm run soak -- --minutes ${durationMs / 60_000} --seed ${seed}`],
  ];
  const width = Math.max(...lines.map(([title = '']) => title.length));
  return lines.map(([title = '', text = '']) => `${title.padEnd(width)}  ${text}`).join('\n');
}

await runCommand({
  name: 'soak',
  next: `The log has all faults and their times. ${USAGE}`,
  interrupted: 'The cluster of the soak is deleted, now or by the next run.',
  work: async (run) => {
    const options = readOptions();
    return onePerCheckout(run, 'soak', async () => {
      try {
        const result = await setUpAndSoak(run, options);
        console.log(`\n${table(result, options)}`);
        return result.findings.every(({ holds }) => holds) ? 0 : 1;
      } finally {
        if (!options.keep) await bed.takeDown(run);
      }
    });
  },
});
