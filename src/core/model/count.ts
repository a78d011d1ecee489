/** A number with its noun: "1 pod", "2 pods". The noun takes a plain s. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
