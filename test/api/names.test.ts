/**
 * Every name that users see, as a list that a review sees change: after a rename, `vitest -u` writes names.txt, and docs/renames.md gets a
 * row until 0.2.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONDITION_TYPES } from '../../src/api/v1alpha1.ts';
import { type StateName, stateAnnotation } from '../../src/core/model/config-state.ts';
import {
  ANNOTATION,
  LOGON_RESULTS_NAME,
  FIELD_MANAGER,
  FINALIZER,
  LABEL,
  SALT_NAME,
} from '../../src/core/model/naming.ts';
import { FAILURES } from '../../src/probe/verdict/failure-table.ts';

const read = (path: string) => readFileSync(`${import.meta.dirname}/../../${path}`, 'utf8');

type Schema = {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
};
type Column = { readonly name: string; readonly jsonPath: string; readonly priority?: number };
type Crd = {
  readonly spec: {
    readonly versions: readonly {
      readonly additionalPrinterColumns: readonly Column[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
};

const [version] = (parse(read('crds/dbpoolprofiles.yaml')) as Crd).spec.versions;

/** "spec.probe.policy: Required | Advisory | Disabled", "status.pods.updated: integer". Objects have a line only through their fields. */
function fieldsOf(schema: Schema, path: string): readonly string[] {
  const { type, enum: values, properties, items, additionalProperties } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, one]) => fieldsOf(one, path === '' ? name : `${path}.${name}`));
  if (items !== undefined) return fieldsOf(items, `${path}[]`);
  if (typeof additionalProperties === 'object') return fieldsOf(additionalProperties, `${path}{}`);
  return [`${path}: ${values?.join(' | ') ?? type ?? 'any'}`];
}

/** The reasons in the first cells of the table of reasons; spec-page.test.ts holds them equal to those of the code. */
const reasons = read('docs/reference/spec.md')
  .replace(/^[^]*\| reason \|/, '')
  .split('\n')
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z]\w+)`/g)].map(([, reason = '']) => reason));

/** Of ConfigMaps. */
const STATES = {
  proof: true,
  rollout: true,
  formerRollout: true,
  keptByUser: true,
  adopted: true,
  unlabelled: true,
  released: true,
  lastGood: true,
  failed: true,
  driftRepair: true,
} satisfies Record<StateName, true>;

const section = (title: string, names: readonly string[]) => `# ${title}\n${names.join('\n')}\n`;

const fields = fieldsOf(version?.schema.openAPIV3Schema ?? {}, '').filter((field) => /^(?:spec|status)\./.test(field));

test('the names that users see are those of names.txt', async () => {
  const columns = version?.additionalPrinterColumns ?? [];
  const text = [
    section('Fields of the CRD', fields),
    section(
      'Columns; (wide) only with -o wide',
      columns.map(({ name, jsonPath, priority = 0 }) => `${name}${priority > 0 ? ' (wide)' : ''}: ${jsonPath}`),
    ),
    section('Conditions', CONDITION_TYPES),
    section('Reasons of conditions, advice and events', reasons.toSorted()),
    section('Reasons of the probe', Object.keys(FAILURES).toSorted()),
    section('Labels', Object.values(LABEL)),
    section('Annotations', [
      ...Object.values(ANNOTATION),
      ...(Object.keys(STATES) as StateName[]).map(stateAnnotation),
    ]),
    section('Finalizer, field manager, ConfigMaps', [FINALIZER, FIELD_MANAGER, SALT_NAME, LOGON_RESULTS_NAME]),
  ].join('\n');
  await expect(text).toMatchFileSnapshot('names.txt');
});

test('each column shows a field that the CRD has', () => {
  const known = fields.map((field) => field.replace(/: .*/, ''));
  for (const { jsonPath } of version?.additionalPrinterColumns ?? []) {
    const path = jsonPath.replace(/^\./, '').replace(/\[\?\(.*\)\]/, '[]');
    expect(['metadata.creationTimestamp', ...known]).toContain(path);
  }
});

describe('docs/renames.md', () => {
  const words = read('test/api/names.txt').match(/[\w./[\]-]+/g) ?? [];
  const isKnown = (name: string) =>
    words.some((word) => word === name || word.startsWith(`${name}.`) || word.startsWith(`${name}[`));
  /** The full names in each column; a second name that is written as `.name` is left to the reader. */
  const rows = read('docs/renames.md')
    .replace(/^## Environment[^]*/m, '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) => {
      const [, old = '', now = ''] = line.split('|');
      const names = (cell: string) => [...cell.matchAll(/`([A-Z]\w+|[a-z][\w./[\]-]+)`/g)].map(([, name = '']) => name);
      return { old: names(old), now: names(now) };
    });

  test('the new names of docs/renames.md exist', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.flatMap(({ now }) => now).filter((name) => !isKnown(name))).toEqual([]);
  });

  test('has new files that exist, and old ones that do not', () => {
    const [, files = ''] = read('docs/renames.md').match(/^## Files$([^]*?)^## /m) ?? [];
    const paths = files
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.match(/[\w/-]+[./][\w./-]*/g) ?? []));
    const exists = (path: string) => existsSync(`${import.meta.dirname}/../../${path}`);
    expect(paths.flatMap(([, old = []]) => old).filter(exists)).toEqual([]);
    expect(paths.flatMap(([, , now = []]) => now).filter((path) => !exists(path))).toEqual([]);
    expect(paths.length).toBeGreaterThan(40);
  });

  test('the old names of docs/renames.md are gone', () => {
    /** The first three have other values or fields than before; the last one is a column. */
    const stays = ['status.pods', 'status.probe.outcome', 'status.history[].result', 'Running'];
    expect(rows.flatMap(({ old }) => old).filter((name) => isKnown(name) && !stays.includes(name))).toEqual([]);
  });
});
