/** Connect strings that make a driver load its configuration from elsewhere. Knows nothing of Oracle. */
import { own, ownWords } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';

/** As in `config-file:///etc/db.json`, and behind the prefix of another driver. */
const PROVIDER = /^\s*(?:jdbc:oracle:\w{1,20}:)?(?:@\s*)?(config-[a-z0-9]{1,40}|ldaps?):\/\//i;

/**
 * Throws a ProbeError (UnsupportedByProbe) where the connect string names a configuration provider or a directory. The driver would read a
 * file of the pod, or ask a server, for another connect string, user and password. What is proven then is not what the profile says.
 */
export function rejectProvider(connectString: string): void {
  const [, provider] = PROVIDER.exec(connectString) ?? [];
  if (provider === undefined) return;
  throw new ProbeError(
    'UnsupportedByProbe',
    own`the connect string is to be loaded by ${ownWords(provider.toLowerCase())}://, and the probe loads none from elsewhere: write host:port/service or a complete (DESCRIPTION=...)`,
  );
}
