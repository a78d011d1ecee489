/** A number with its noun: "1 pod", "2 pods". The noun takes a plain s. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** A part of a whole, with the verb: "0 of 1 pod is", "2 of 3 pods are". */
export const countOf = (part: number, whole: number, noun: string): string =>
  `${part} of ${count(whole, noun)} ${whole === 1 ? 'is' : 'are'}`;
