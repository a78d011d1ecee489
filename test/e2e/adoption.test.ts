import { expect, test } from 'vitest';
import { freshNamespace } from './support.ts';
import { adoptedAndDropped, CLIENT_SIDE, REPLACE, SERVER_SIDE, type Tool } from './tools.ts';

test.for<[string, Tool]>([CLIENT_SIDE, SERVER_SIDE, REPLACE].map((tool) => [tool.title, tool]))(
  'an adopted variable that its owner drops from the manifest stays set: %s',
  async ([, tool]) => {
    const namespace = await freshNamespace('dropped');
    expect(await adoptedAndDropped(namespace, tool)).toBeLessThanOrEqual(tool.mayMake);
  },
);
