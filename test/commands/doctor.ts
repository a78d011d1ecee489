/** `npm run doctor`: what the two commands need, what of it was found, and what they will do about the rest. Does nothing. */
import { runCommand } from './support/command.ts';
import type { Prerequisite } from '../bed/prerequisite.ts';
import type { Run } from '../runner/run.ts';
import { readArguments } from './support/arguments.ts';
import { findDocker } from '../bed/docker/docker.ts';
import { findKind } from '../bed/kind/kind.ts';
import { missingBuildTools } from '../bed/node-image/build.ts';
import { chooseSource, sourceInWords } from '../bed/node-image/source.ts';

const SIGNS = { found: '✔', obtainable: '→', missing: '✘' } as const;

function isFound(words: string): Prerequisite<null> {
  return { kind: 'found', words, value: null };
}

function inWords(found: Prerequisite<unknown>): string {
  switch (found.kind) {
    case 'found':
      return found.words;
    case 'obtainable':
      return `${found.words}: will ${found.will}`;
    case 'missing':
      return `${found.words}\n           ${found.next}`;
  }
}

/** Whether a registry answers is known once Docker runs: it is asked through Docker. */
async function findStartImages(run: Run, hasDocker: boolean): Promise<Prerequisite<null>> {
  const source = await chooseSource(run);
  const words =
    source.kind === 'recipe' && !hasDocker
      ? 'the stock images, if a registry answers once Docker runs; else built here, once'
      : sourceInWords(source);
  if (source.kind !== 'recipe') return isFound(words);
  const lacks = await missingBuildTools(run);
  if (lacks.length === 0) return isFound(words);
  return { kind: 'missing', words, next: `To build them, this machine lacks ${lacks.join('; ')}.` };
}

await runCommand({
  name: 'doctor',
  next: 'Run `npm run doctor` again.',
  interrupted: 'Nothing was done.',
  work: async (run) => {
    readArguments('npm run doctor', {});
    const docker = await findDocker(run);
    const rows = [
      { name: 'Node', found: isFound(`${process.version} (${process.execPath})`) },
      { name: 'Docker', found: docker },
      { name: 'kind', found: await findKind(run) },
      { name: 'images', found: await findStartImages(run, docker.kind === 'found') },
    ];
    for (const { name, found } of rows) console.log(`${SIGNS[found.kind]} ${name.padEnd(8)}${inWords(found)}`);
    const missing = rows.filter(({ found }) => found.kind === 'missing').length;
    console.log(
      missing === 0 ? '\nBoth commands will work here.' : `\n${missing} missing: the commands will stop there.`,
    );
    return missing === 0 ? 0 : 1;
  },
});
