/** Installs where needed, and says so in one line with its time. Throws an Error for a person where npm fails. */
export declare function installDependencies(checkout: string): Promise<void>;
