/** JSON Schema of a zod schema, as a CRD takes it: structural, without references. */
import * as z from 'zod';

/** The keywords that bound a status. */
export type OpenApi = {
  readonly type?: 'object' | 'array' | 'string' | 'integer';
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly required?: readonly string[];
  readonly items?: OpenApi;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
};

export function openApi(schema: z.ZodType): OpenApi {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' });
  return rest as OpenApi;
}
