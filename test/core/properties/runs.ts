/** How many histories a property draws, and how often the branch must run that the property is about. */
import assert from 'node:assert/strict';

/** See docs/development.md. */
export const RUNS = { numRuns: Number(process.env['DBPOOL_PROPERTY_RUNS'] ?? 200) };

/** Fewer runs do not tell how often a branch runs. */
const ENOUGH_RUNS = 50;

/** Counts branches of a property, so that a property whose branch hardly ever runs fails: it would hold of anything. */
export class BranchCounts<Branch extends string> {
  readonly #counts = new Map<Branch, number>();

  count(branch: Branch, times: number | boolean = 1): void {
    this.#counts.set(branch, (this.#counts.get(branch) ?? 0) + Number(times));
  }

  /** Each branch, and how often it ran. */
  get summary(): string {
    return [...this.#counts].map(([branch, times]) => `${branch}: ${times}`).join(', ');
  }

  /** Fails where a branch ran less often, in times per run. Floors are far below what 60 runs of any seed give. */
  expectAtLeast(floors: Readonly<Record<Branch, number>>): void {
    if (RUNS.numRuns < ENOUGH_RUNS) return;
    for (const [branch, floor] of Object.entries<number>(floors)) {
      const perRun = (this.#counts.get(branch as Branch) ?? 0) / RUNS.numRuns;
      assert.ok(perRun >= floor, `"${branch}": ${perRun} times per run of the property, expected at least ${floor}`);
    }
  }
}
