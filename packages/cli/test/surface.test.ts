import { expect, test } from 'vitest';

import * as cli from '../src/index.ts';

test('the package exports these names', () => {
  expect(Object.keys(cli).toSorted()).toEqual(['COMMANDS', 'main']);
});
