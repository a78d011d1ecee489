/** Links between pages, and pages that comments name: each target must exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

const filesOf = (patterns: readonly string[]) =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: CHECKOUT, exclude: ['**/node_modules/**'] })).toSorted();

const read = (path: string) => readFileSync(join(CHECKOUT, path), 'utf8');

/** The anchor that GitHub gives a heading: "The image: its size" is "the-image-its-size". */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s/g, '-');

const anchorsIn = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Links of a page to this repository, as "path#anchor" from its root. */
const linksIn = (page: string) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { path: path === '' ? page : relative(CHECKOUT, join(CHECKOUT, dirname(page), path)), anchor };
    });

const pages = filesOf(['*.md', '{bench,crds,deploy,docs,examples,src,test}/**/*.md']);

describe('links', () => {
  test.for(pages)('of %s lead somewhere', (page) => {
    const broken = linksIn(page).filter(({ path, anchor }) => {
      if (!existsSync(join(CHECKOUT, path))) return true;
      return anchor !== '' && !anchorsIn(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

test('every page below docs can be reached from its index', () => {
  const reached = new Set(['docs/README.md']);
  // A set that grows is iterated to its end.
  for (const page of reached)
    for (const { path } of linksIn(page)) if (path.startsWith('docs/') && path.endsWith('.md')) reached.add(path);
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
});

test('pages that comments name exist', () => {
  const files = filesOf(['{bench,crds,deploy,examples,src,test}/**/*.{ts,mts,mjs,yaml}', 'deploy/Containerfile']);
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w./])docs\/[\w/-]+\.md/g)].map(([page]) => ({ file, page })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ page }) => !existsSync(join(CHECKOUT, page)))).toEqual([]);
});
