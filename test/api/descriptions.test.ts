/** `kubectl explain` is documentation: it has a sentence about every field. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { specSchema, statusSchema } from '../../src/api/v1alpha1.ts';

type Schema = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};

/** Paths of fields, with what `kubectl explain` says of each. */
function fieldsOf({ properties = {}, items }: Schema, path: string): readonly (readonly [string, string])[] {
  const own = Object.entries(properties).flatMap(([name, field]) => [
    [`${path}.${name}`, field.description ?? ''] as const,
    ...fieldsOf(field, `${path}.${name}`),
  ]);
  return [...own, ...(items === undefined ? [] : fieldsOf(items, `${path}[]`))];
}

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as Schema;

const fields = [...fieldsOf(schemaOf(specSchema), 'spec'), ...fieldsOf(schemaOf(statusSchema), 'status')];

test('every field of spec and status is described', () => {
  expect(fields.length).toBeGreaterThan(80);
  expect(fields.filter(([, description]) => !description.endsWith('.')).map(([path]) => path)).toEqual([]);
});
