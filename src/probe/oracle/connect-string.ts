/** What is done to a connect string before the driver gets it. Pure. */
import { ProbeError } from '../verdict/probe-error.ts';

/**
 * Throws a ProbeError where the driver would look for an alias of that name: it does so with all that has neither `:`
 * nor `/` and is no whole (DESCRIPTION=...), also with one that is cut off.
 */
export function checkConnectString(connectString: string): void {
  const text = connectString.trim();
  const isDescriptor = text.startsWith('(') && text.includes(')');
  const isEasyConnect = /[:/]/.test(text);
  if (isDescriptor || isEasyConnect || !/[()=]/.test(text)) return;
  throw new ProbeError('ConnectStringInvalid', 'syntax error in connection string: it is no whole (DESCRIPTION=...)');
}

/** RETRY_COUNT hides why nobody could be reached behind minutes of trying, and no option of the driver overrules it. */
export function withoutRetries(connectString: string): string {
  return connectString.replaceAll(/(\bRETRY_COUNT\s*=\s*)\d+/gi, (_, key: string) => `${key}0`);
}
