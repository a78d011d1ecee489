/** Checks and adjusts a connect string before the driver gets it. Pure. */
import { ProbeError } from '../verdict/probe-error.ts';

/**
 * Throws a ProbeError (ConnectStringInvalid) for a damaged descriptor. The driver takes every text without `:` and `/` that is no
 * complete (DESCRIPTION=...) for an alias, so it would report a missing tnsnames.ora instead.
 */
export function checkConnectString(connectString: string): void {
  const text = connectString.trim();
  const isDescriptor = text.startsWith('(') && text.includes(')');
  const isEasyConnect = /[:/]/.test(text);
  if (isDescriptor || isEasyConnect || !/[()=]/.test(text)) return;
  throw new ProbeError('ConnectStringInvalid', 'syntax error: it is not a complete (DESCRIPTION=...)');
}

/** Sets each RETRY_COUNT to 0: retries would hide the cause behind minutes of waiting, and no option of the driver overrides it. */
export function withoutRetries(connectString: string): string {
  return connectString.replaceAll(/(\bRETRY_COUNT\s*=\s*)\d+/gi, (_, key: string) => `${key}0`);
}
