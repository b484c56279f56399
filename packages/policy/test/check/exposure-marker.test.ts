import { expect, test } from 'vitest';

import { decideStart, isPlaceholder } from '../../src/exposure/index.ts';

test('the marker of a hidden secret is no secret: a config that was copied as shown opens nothing', () => {
  const token = '__OPENCLAW_REDACTED__';
  expect(isPlaceholder(token)).toBe(true);
  const gateway = { bind: 'lan', auth: { mode: 'token', token } };
  expect(decideStart({ gateway }, { bindHost: '0.0.0.0' })).toMatchObject({
    effect: 'deny',
    code: 'gateway.auth.known_weak',
  });
});
