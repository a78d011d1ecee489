import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fakeMachine } from '../support/machine.ts';
import { attempt, execute, ExecuteError } from './execute.ts';

/** Longer than any of these tests may take: a program that is seen to end was ended. */
const SLEEP = 'sleep 60';

describe('a program', () => {
  test('a program returns its standard output, and passes both outputs on line by line, the last one without a line break too', async () => {
    const { run, program } = fakeMachine();
    program('greet', 'echo hello; echo oops >&2; printf "no end"');
    const lines: string[] = [];
    expect(await execute(run, ['greet', "it's me"], { onLine: (line) => lines.push(line) })).toBe('hello\nno end\n');
    expect(lines.toSorted()).toEqual(['hello', 'no end', 'oops']);
    const log = readFileSync(run.log.path, 'utf8');
    for (const line of ["[1] $ greet 'it's me'", '[1] hello', '[1] oops', '[1] = 0 after']) expect(log).toContain(line);
  });

  test.for<[string, string, string]>([
    ['its standard error', 'echo out; echo why >&2; exit 3', 'fail now ended with 3: why'],
    ['its output where that is empty', 'echo out; exit 3', 'fail now ended with 3: out'],
    ['nothing where it said nothing', 'exit 3', 'fail now ended with 3'],
    [
      'the last twenty lines',
      'seq 30 >&2; exit 3',
      'fail now ended with 3: 11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n22\n23\n24\n25\n26\n27\n28\n29\n30',
    ],
  ])('a program that fails is an error with %s', async ([, script, message]) => {
    const { run, program } = fakeMachine();
    program('fail', script);
    const error: unknown = await execute(run, ['fail', 'now']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExecuteError);
    expect(error).toMatchObject({ message, command: 'fail now' });
  });

  test.for<[string, string, number]>([
    ['ends well', 'exit 0', 0],
    ['fails', 'exit 9', 9],
    ['is killed', 'kill -KILL $$', 128],
  ])('a program that %s is a result of an attempt', async ([, script, exitCode]) => {
    const { run, program } = fakeMachine();
    program('end', script);
    expect(await attempt(run, ['end'])).toEqual({ exitCode, stdout: '', stderr: '' });
  });

  test('a program that does not exist ends with 127, as in a shell', async () => {
    const { run } = fakeMachine();
    expect(await attempt(run, ['nowhere'])).toMatchObject({ exitCode: 127, stderr: 'nowhere: command not found' });
    await expect(execute(run, ['nowhere'])).rejects.toThrow('nowhere ended with 127: nowhere: command not found');
  });

  test('a program runs in the given folder, with the given variables added to those of this process', async () => {
    const { run, program, folder } = fakeMachine();
    program('where', 'echo "$PWD $POOL $HOME"');
    const options = { cwd: folder, env: { POOL: 'small' } };
    expect(await execute(run, ['where'], options)).toBe(`${folder} small ${process.env['HOME']}\n`);
  });
});

describe('the input of a program', () => {
  test.for<[string, string | Readable]>([
    ['a text', 'one\ntwo\n'],
    ['a stream', Readable.from(['one\n', 'two\n'])],
  ])('the input of a program is %s', async ([, stdin]) => {
    const { run, program } = fakeMachine();
    program('count', 'wc -l');
    expect((await execute(run, ['count'], { stdin })).trim()).toBe('2');
  });

  test('the input of a program is empty by default', async () => {
    const { run, program } = fakeMachine();
    program('count', 'wc -c');
    expect((await execute(run, ['count'])).trim()).toBe('0');
  });

  test.for<[string, string]>([
    ['not at all', 'exit 7'],
    ['only in part', 'head -c 10 > /dev/null; exit 7'],
  ])('the input of a program may be read %s: the exit code tells', async ([, script]) => {
    const { run, program } = fakeMachine();
    program('leave', script);
    expect(await attempt(run, ['leave'], { stdin: 'x'.repeat(4_000_000) })).toMatchObject({ exitCode: 7 });
  });

  test('the input of a program that fails midway is an error, once the program has ended', async () => {
    const { run, program } = fakeMachine();
    program('store', 'cat; sleep 0.02; echo " stored"');
    const lines: string[] = [];
    const broken = Readable.from(
      (function* () {
        yield 'one';
        throw new Error('disk is gone');
      })(),
    );
    const storing = execute(run, ['store'], { stdin: broken, onLine: (line) => lines.push(line) });
    await expect(storing).rejects.toThrow('store was not given all of its input: Error: disk is gone');
    expect(lines).toEqual(['one stored']);
  });
});

/** Programs of which something lives on. Their output ends when the last process of their group has ended. */
const hanging: readonly (readonly [string, string])[] = [
  ['alone', `echo ready; ${SLEEP}`],
  ['beside its child', `${SLEEP} & echo ready; wait`],
  ['as a child that was left behind', `${SLEEP} & echo ready`],
];

describe('a program that does not end by itself', () => {
  test.for(hanging)('a program %s is ended at its deadline', async ([, script]) => {
    const { run, program } = fakeMachine();
    program('hang', script);
    const attempted = attempt(run, ['hang'], { timeoutMs: 50 });
    await expect(attempted).rejects.toThrow(/^hang took too long and was ended/);
  });

  test.for(hanging)('a program %s is ended when the run is stopped', async ([, script]) => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { run, program } = fakeMachine(stop.signal);
    program('hang', script);
    await expect(attempt(run, ['hang'], { onLine: () => stop.abort(reason) })).rejects.toBe(reason);
  });

  test('a program that does not end gets SIGTERM first, so that it can clean up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { run, program } = fakeMachine(stop.signal);
    program('tidy', `trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.01; done`);
    const lines: string[] = [];
    const onLine = (line: string) => {
      lines.push(line);
      if (line === 'ready') stop.abort(reason);
    };
    await expect(attempt(run, ['tidy'], { onLine })).rejects.toBe(reason);
    expect(lines).toContain('tidied');
  });

  test('a program is not started in a stopped run', async () => {
    const { run, program } = fakeMachine(AbortSignal.abort(new Error('enough')));
    program('late', 'exit 0');
    await expect(attempt(run, ['late'])).rejects.toThrow('enough');
    expect(readFileSync(run.log.path, 'utf8')).toBe('');
  });
});
