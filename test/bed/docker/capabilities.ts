/** Which capabilities the host lacks: Docker's `--privileged` asks for all, and runc refuses what is not to be had. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * Numbers of the capabilities that this kernel knows and this process may never have, nor any that it starts. None
 * where there is no /proc: what is no Linux runs its containers in a virtual machine.
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
