/** The parts of node-oracledb that have no public door. See docs/decisions/0080-the-driver-reads-the-connect-string.md. */

declare module 'oracledb/lib/impl/parserHelpers.js' {
  /** `configDir` is the directory of the tnsnames.ora. An easy connect string becomes the text of a descriptor, an alias its entry. */
  export function resolveConnectStr(connectString: string, configDir?: string): Promise<unknown>;
}

declare module 'oracledb/lib/thin/sqlnet/nvStrToNvPair.js' {
  export function createNVPair(descriptor: string): unknown;
}

declare module 'oracledb/lib/thin/sqlnet/paramParser.js' {
  /** Reads a tnsnames.ora. */
  export class NLParamParser {
    /** The entries by their names in upper case. */
    initializeNlpa(path: string): Promise<Map<string, unknown>>;
    /** Reads one file; `depth` counts the IFILE lines that led to it. */
    start(path: string, depth: number, cache: unknown): Promise<void>;
    addNLPListElement(entry: string, depth: number, cache: unknown): Promise<void>;
  }
}

declare module 'oracledb/lib/thin/sqlnet/networkSession.js' {
  export type Address = { readonly hostname: string; readonly port?: number | undefined };

  export class NetworkSession {
    /** Milliseconds that each address has. */
    readonly sAtts: { readonly connectTimeout?: number };
    /** The listener's redirection that is being followed. */
    readonly redirectPkt?: { readonly dataBuf: Buffer } | null;
    /** Tries one address: resolves once its listener has accepted. */
    connect2: (this: NetworkSession, address: Address, options: unknown) => Promise<unknown>;
  }
}
