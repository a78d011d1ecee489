/** What happened since the start or the last reset. Counters, all of them; `sessions` and `peakSessions` are levels. */
export type Statistics = {
  /** CONNECT packets that came. */
  connects: number;
  /** Connections that the listener refused. */
  refused: number;
  logons: number;
  /** Logons that ended with an error, whatever it was. */
  failedLogons: number;
  pings: number;
  executes: number;
  fetches: number;
  commits: number;
  rollbacks: number;
  logoffs: number;
  /** Calls that clients took back. */
  cancelled: number;
  /** Connections that ended because of bytes that were no message. */
  garbled: number;
  sessions: number;
  peakSessions: number;
  peakProcesses: number;
};

export const createStatistics = (): Statistics => ({
  connects: 0,
  refused: 0,
  logons: 0,
  failedLogons: 0,
  pings: 0,
  executes: 0,
  fetches: 0,
  commits: 0,
  rollbacks: 0,
  logoffs: 0,
  cancelled: 0,
  garbled: 0,
  sessions: 0,
  peakSessions: 0,
  peakProcesses: 0,
});
