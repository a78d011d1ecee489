/** What a client's first messages decide about the form of all later ones. */
export type Dialect = {
  /** Version of the fields in messages: the lower one of the client's and ours. */
  readonly fieldVersion: number;
  /** Texts whose length came earlier carry it once more (node, python, go-ora), or come bare (JDBC). */
  readonly textHasLength: boolean;
  /** Scales are one raw byte (node, python), or a number of variable length (go-ora, JDBC). */
  readonly scaleIsByte: boolean;
};

/** Oracle 19.1. From 14 on errors have more fields, from 17 on columns have, from 18 on every function carries a token. */
export const FIELD_VERSION = 12;

/** In use until the client's data types are known. */
export const FIRST_DIALECT: Dialect = { fieldVersion: FIELD_VERSION, textHasLength: true, scaleIsByte: true };
