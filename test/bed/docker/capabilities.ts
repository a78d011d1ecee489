/** Which capabilities the host lacks. Docker's `--privileged` asks for all of them, and runc fails where one is missing. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * Numbers of the capabilities that this kernel knows and that are not in this process's bounding set, so that no child
 * process can have them either. Empty where there is no /proc: other systems run containers in a virtual machine.
 */
export function missingCapabilities(
  status = contentOf('/proc/self/status'),
  lastCapability = contentOf('/proc/sys/kernel/cap_last_cap'),
): readonly number[] {
  if (status === '') return [];
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const all = Array.from({ length: Number(lastCapability) + 1 }, (_, bit) => bit);
  return all.filter((bit) => (bounding & (1n << BigInt(bit))) === 0n);
}

const contentOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
