/** Prints a figure of a test; the commands show lines that begin so. */
export const measured = (figure: string): void => console.log(`measured: ${figure}`);
