/** Random values by the schema of the CRD: those that it accepts, and drafts in which each field may have any value. */
import fc from 'fast-check';
import type { CrdSchema } from '../support/crd.ts';

/** A value that the schema accepts. */
export function validValue(schema: CrdSchema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'integer':
      return validInteger(schema);
    case 'string':
      return validText(schema);
    case 'array':
      return validList(schema);
    case 'object':
      return fieldsOf(schema, validValue);
  }
}

function validInteger({ minimum: min = 0, maximum: max = 9 }: CrdSchema): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
}

function validText({ enum: values, pattern, format, maxLength = 99 }: CrdSchema): fc.Arbitrary<string> {
  if (values !== undefined) return fc.constantFrom(...values);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format !== undefined) return fc.constantFrom('2026-01-01T00:00:00Z', '9999-12-31T23:59:59Z');
  const length = fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: 40 }) },
    { weight: 1, arbitrary: fc.constant(maxLength) },
  );
  return fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 9 }), length, FILL)
    .map(([text, count, fill]) => (text + fill.repeat(count)).slice(0, maxLength).toWellFormed());
}

/** Characters of one and of two UTF-16 code units. */
const FILL = fc.constantFrom('x', 'é', '😀');

function validList(schema: CrdSchema): fc.Arbitrary<unknown> {
  const { items = schema, maxItems: maxLength = 9 } = schema;
  const key = schema['x-kubernetes-list-map-keys']?.[0];
  if (key === undefined) return fc.array(validValue(items), { maxLength });
  return fc.uniqueArray(validValue(items), { maxLength, selector: (item) => (item as Record<string, unknown>)[key] });
}

const fieldsOf = ({ properties = {}, required = [] }: CrdSchema, of: (schema: CrdSchema) => fc.Arbitrary<unknown>) =>
  fc.record(Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, of(schema)])), {
    requiredKeys: [...required],
  });

const anything = fc.oneof(
  fc.constantFrom(undefined, null, Number.NaN, Infinity, -1, 1.5, 2 ** 60, [], {}, '\uD83D'),
  fc.string({ unit: 'binary' }),
);

const mostly = (arbitrary: fc.Arbitrary<unknown>, rarely: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: rarely });

/** An object with the fields of the schema, of which each may have any value. */
export const anyFields = (schema: CrdSchema) => fieldsOf(schema, anyValue);

function anyValue(schema: CrdSchema): fc.Arbitrary<unknown> {
  const { items = schema, maxItems = 9, maxLength = 99 } = schema;
  switch (schema.type) {
    case 'integer':
      return mostly(validValue(schema), anything);
    case 'string': {
      const tooLong = fc.tuple(fc.nat({ max: 3 }), FILL).map(([more, fill]) => fill.repeat(maxLength + more));
      return mostly(validValue(schema), fc.oneof(tooLong, anything));
    }
    case 'array': {
      const tooMany = fc.array(validValue(items), { minLength: maxItems, maxLength: maxItems + 3 });
      return mostly(fc.array(anyValue(items), { maxLength: maxItems }), fc.oneof(tooMany, anything));
    }
    case 'object':
      return mostly(anyFields(schema), anything);
  }
}
