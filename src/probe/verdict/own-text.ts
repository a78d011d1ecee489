/**
 * Sentences of the probe with foreign text in them. Only the foreign text is redacted: the probe's sentences are public, so a gap in one
 * would tell the secret that was taken out.
 */

export class OwnText {
  /** One more than `foreign`. */
  readonly #words: readonly string[];
  readonly #foreign: readonly (string | OwnText)[];

  constructor(words: readonly string[], foreign: readonly (string | OwnText)[] = []) {
    this.#words = words;
    this.#foreign = foreign;
  }

  redacted(redact: (foreign: string) => string): string {
    return this.#words
      .map((words, at) => {
        const foreign = this.#foreign[at];
        return foreign === undefined ? words : `${words}${redacted(foreign, redact)}`;
      })
      .join('');
  }

  /** Not redacted. */
  toString(): string {
    return this.redacted((foreign) => foreign);
  }
}

/** A string is foreign as a whole. */
export type Text = string | OwnText;

/** Tag of a template: its words are the probe's, and so are numbers; strings that are put in are foreign. */
export const own = (words: TemplateStringsArray, ...parts: readonly (Text | number)[]): OwnText =>
  new OwnText(
    words,
    parts.map((part) => (typeof part === 'number' ? ownWords(String(part)) : part)),
  );

/** A string that the probe has made of its own words alone. */
export const ownWords = (words: string): OwnText => new OwnText([words]);

export const redacted = (text: Text, redact: (foreign: string) => string): string =>
  typeof text === 'string' ? redact(text) : text.redacted(redact);
