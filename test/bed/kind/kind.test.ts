import '../../support/own-cache.ts';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeMachine } from '../../support/machine.ts';
import { USER_CACHE } from '../../runner/folders.ts';
import { findKind, KIND_VERSION } from './kind.ts';

const bin = join(USER_CACHE, 'bin');
const OWN = join(bin, `kind-${KIND_VERSION}`);

afterEach(() => rmSync(bin, { recursive: true, force: true }));

/** The fake kind that an earlier run left in the cache. */
function ownKind(script: string): void {
  mkdirSync(bin, { recursive: true });
  writeFileSync(OWN, `#!/bin/sh\n${script}\n`);
  chmodSync(OWN, 0o755);
}

describe('kind', () => {
  test.for(['0.33.0', '0.33.1', '0.40.0', '0.100.0', '1.0.0', '0.34.0-alpha+5b2a'])(
    'kind of release %s on PATH is used',
    async (version) => {
      const { run, program } = fakeMachine();
      program('kind', `test "$*" = 'version -q' && echo ${version}`);
      ownKind(`echo ${KIND_VERSION}`);
      expect(await findKind(run)).toEqual({
        kind: 'found',
        summary: version,
        value: { program: 'kind', version },
      });
    },
  );

  test.for(['0.32.9', '0.9.0', '0.4.0', '0.33.0-alpha', '0.33.0-alpha+5b2a'])(
    'kind of release %s on PATH is too old: it is built',
    async (version) => {
      const { run, program } = fakeMachine();
      program('kind', `echo ${version}`);
      program('go', 'exit 0');
      expect(await findKind(run)).toMatchObject({ kind: 'obtainable', summary: `${version} on PATH is too old` });
    },
  );

  test('kind that an earlier run left is used where the one on PATH is too old', async () => {
    const { run, program } = fakeMachine();
    program('kind', 'echo 0.9.0');
    ownKind(`echo ${KIND_VERSION}`);
    expect(await findKind(run)).toEqual({
      kind: 'found',
      summary: `${KIND_VERSION}, ${OWN}`,
      value: { program: OWN, version: KIND_VERSION },
    });
  });

  test('kind that an earlier run left and that does not run is obtained again', async () => {
    const { run } = fakeMachine();
    ownKind('exit 126');
    expect(await findKind(run)).toMatchObject({ kind: 'obtainable', summary: 'not on PATH' });
  });

  test.for<[string, boolean, string]>([
    ['built by Go where that is there', true, `build kind ${KIND_VERSION} by \`go install\``],
    ['downloaded where it is not', false, `download the release ${KIND_VERSION} of kind`],
  ])('kind is %s', async ([, hasGo, will]) => {
    const { run, program } = fakeMachine();
    if (hasGo) program('go', 'exit 0');
    expect(await findKind(run)).toMatchObject({ kind: 'obtainable', summary: 'not on PATH', will });
  });

  test('kind is found by the next run once it is built', async () => {
    const { run, program } = fakeMachine();
    program(
      'go',
      `[ "$1" = version ] || { printf '#!/bin/sh\\necho ${KIND_VERSION}\\n' > "$GOBIN/kind" && chmod +x "$GOBIN/kind"; }`,
    );
    const before = await findKind(run);
    if (before.kind !== 'obtainable') expect.unreachable();
    const kind = { program: OWN, version: KIND_VERSION };
    expect(await before.obtain(run)).toEqual(kind);
    expect(await findKind(run)).toMatchObject({ kind: 'found', value: kind });
  });
});
