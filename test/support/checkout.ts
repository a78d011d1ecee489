/**
 * A temporary checkout with copies of some files of this one, for tests of programs that write into their own checkout.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const THIS = join(import.meta.dirname, '..', '..');

/** Returns its absolute path. Whoever makes it removes it. */
export function checkoutOf(...parts: readonly string[]): string {
  const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
  for (const part of parts) cpSync(join(THIS, part), join(checkout, part), { recursive: true });
  return checkout;
}

/** Gives it the dependencies of this one. */
export function linkDependencies(checkout: string): void {
  symlinkSync(join(THIS, 'node_modules'), join(checkout, 'node_modules'));
}

export function removeCheckout(checkout: string): void {
  rmSync(checkout, { recursive: true });
}
