// Programs that are harmless on standard input alone, and the flags that end that.
import { describe, expect, test } from 'vitest';

import { ask, LISTED, which } from './asking.ts';

const listedWith = (settings: object) => ({
  tools: { exec: { security: 'allowlist', ask: 'off', ...settings } },
});

describe('safe bins', () => {
  test.each([
    ['cut -d, -f1', 'match'],
    ['cut -d , --fields=1', 'match'],
    ["cut -d '*' -f1", 'match'],
    ['cut -d * -f1', 'miss'],
    ["cut -d '$' -f1", 'miss'],
    ['cut -d / -f1', 'miss'],
    ['cut f', 'miss'],
    ['cut -d', 'miss'],
    ['cut --fie=1', 'miss'],
    ['head -5', 'miss'],
    ['head -n5 -q', 'match'],
    ['head -qv', 'match'],
    ['head -n ~', 'miss'],
    ['head -- -n', 'miss'],
    ['head -', 'miss'],
    ['tr a b', 'match'],
    ["tr -d '[:lower:]'", 'match'],
    ['tr -d [:lower:]', 'miss'],
    ['tr', 'miss'],
    ['tr a b c', 'miss'],
    ['wc -lc', 'match'],
    ['wc -l=x', 'miss'],
    ['/usr/bin/wc -l', 'miss'],
  ])('%s is a %s', (command, found) => {
    expect(ask(LISTED, command)).toBe(`exec.allowlist.${found}`);
  });

  const safeBinProfiles = {
    mytool: { allowedFlags: ['-a', '-b'], deniedFlags: ['-b'], maxPositional: 1 },
    python3: {},
  };
  test.each([
    ['mytool -a x', { safeBins: ['mytool'], safeBinProfiles }, 'match'],
    ['mytool -b', { safeBins: ['mytool'], safeBinProfiles }, 'miss'],
    ['mytool', { safeBins: ['mytool'] }, 'miss'],
    ['mytool', { safeBinProfiles }, 'miss'],
    ['wc -l', { safeBins: ['mytool'], safeBinProfiles }, 'match'],
    ['/usr/bin/x', { safeBins: ['/usr/bin/x'], safeBinProfiles: { '/usr/bin/x': {} } }, 'miss'],
    ['wc -l', { safeBins: [] }, 'miss'],
  ])('%s with %j is a %s', (command, settings, found) => {
    const known = { ...which, '/usr/bin/x': { path: '/usr/bin/x' } };
    expect(ask(listedWith(settings), command, { which: known })).toBe(`exec.allowlist.${found}`);
  });

  test('an interpreter is never one', () => {
    const settings = { safeBins: ['python3'], safeBinProfiles: { python3: { maxPositional: 1 } } };
    expect(ask(listedWith(settings), 'python3 x.py')).toBe('exec.allowlist.miss');
  });

  test('other directories must be named', () => {
    const local = { wc: { path: '/opt/bin/wc' } };
    expect(ask(LISTED, 'wc -l', { which: local })).toBe('exec.allowlist.miss');
    expect(ask(listedWith({ safeBinTrustedDirs: ['/opt/bin/'] }), 'wc -l', { which: local })).toBe(
      'exec.allowlist.match',
    );
  });
});
