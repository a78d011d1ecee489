/** Installs where needed, and prints one line with the time it took. Throws an Error with advice where npm fails. */
export declare function installDependencies(checkout: string): Promise<void>;
