/** Which capabilities the host lacks: Docker's `--privileged` asks for all, and runc refuses what is not to be had. */
import { readFileSync } from 'node:fs';

/** Numbers of the capabilities that this kernel knows and this process may never have, nor any that it starts. */
export function missingCapabilities(
  status = readFileSync('/proc/self/status', 'utf8'),
  lastCapability = readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'),
): readonly number[] {
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const all = Array.from({ length: Number(lastCapability) + 1 }, (_, bit) => bit);
  return all.filter((bit) => (bounding & (1n << BigInt(bit))) === 0n);
}
