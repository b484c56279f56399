import { expect, test } from 'vitest';

import { describeConfig } from '../../src/config/schema/describe.ts';

// When this is red, run it with -u: the page follows the schema.
test('docs/reference/config.md is what the schema says', async () => {
  const page = new URL('../../../../docs/reference/config.md', import.meta.url).pathname;
  await expect(describeConfig()).toMatchFileSnapshot(page);
});
