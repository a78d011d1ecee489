/** `npm run doctor`: which prerequisites the commands have here, and what they will do about the others. Changes nothing. */
import { inspectMachine, type Prerequisite } from '../bed/bed.ts';
import { readArguments } from './support/arguments.ts';
import { runCommand } from './support/command.ts';

const SYMBOLS = { found: '✔', obtainable: '→', missing: '✘' } as const;

function describe(prerequisite: Prerequisite<unknown>): string {
  switch (prerequisite.kind) {
    case 'found':
      return prerequisite.summary;
    case 'obtainable':
      return `${prerequisite.summary}: will ${prerequisite.will}`;
    case 'missing':
      return `${prerequisite.summary}\n           ${prerequisite.next}`;
  }
}

await runCommand({
  name: 'doctor',
  next: 'Run `npm run doctor` again.',
  interrupted: 'Nothing was changed.',
  work: async (run) => {
    readArguments('npm run doctor', {});
    const prerequisites = await inspectMachine(run);
    for (const [name, one] of prerequisites) console.log(`${SYMBOLS[one.kind]} ${name.padEnd(8)}${describe(one)}`);
    const missing = [...prerequisites.values()].filter(({ kind }) => kind === 'missing').length;
    console.log(
      missing === 0 ? '\nAll commands will work here.' : `\n${missing} missing: the commands will stop there.`,
    );
    return missing === 0 ? 0 : 1;
  },
});
