import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compileToolPolicy } from '../../src/tools/index.ts';

const over = (
  tools: object | undefined,
  tool: string,
  registered = [{ name: 'x', pluginId: 'p' }],
) =>
  compileToolPolicy({ gateway: tools === undefined ? {} : { tools } }).overHttp(tool, registered);

const WITHHELD = [
  'exec',
  'spawn',
  'shell',
  'process',
  'fs_write',
  'fs_delete',
  'fs_move',
  'write',
  'edit',
  'apply_patch',
  'sessions_spawn',
  'sessions_send',
  'cron',
  'gateway',
  'nodes',
];

describe('P21.01: a caller from outside', () => {
  test.each(WITHHELD)('may not call %s, by any name', (tool) => {
    for (const name of [tool, tool.toUpperCase(), ` ${tool} `]) {
      expect(over(undefined, name).code).toBe('tool.deny.http_withheld');
    }
  });

  test.each(['bash', 'sh', 'system.run', 'fs.write', 'apply-patch', 'automations'])(
    'may not call what is also known as %s',
    (alias) => {
      expect(over({ allow: [] }, alias).effect).toBe('deny');
    },
  );

  test('may call it where it is named, one by one', () => {
    expect(over({ allow: ['exec'] }, 'bash').effect).toBe('allow');
    expect(over({ allow: ['bash'] }, 'exec').effect).toBe('allow');
    for (const allow of [['*'], ['e*'], ['group:runtime'], ['process']]) {
      expect(over({ allow }, 'exec').code).toBe('tool.deny.http_withheld');
    }
  });

  test('may not call what is denied, named or not', () => {
    for (const deny of [['exec'], ['*'], ['group:runtime'], ['sh']]) {
      expect(over({ allow: ['exec'], deny }, 'exec')).toMatchObject({
        code: 'tool.deny.http',
        path: 'gateway.tools.deny',
      });
    }
    expect(over({ deny: ['p'] }, 'x').code).toBe('tool.deny.http');
    expect(over({ deny: ['group:plugins'] }, 'x').code).toBe('tool.deny.http');
  });

  test('may call nothing where the lists cannot be read', () => {
    for (const tools of [
      { deny: 'exec' },
      { allow: 7 },
      { deny: ['group:typo'] },
      { allow: ['exec'], alsoAllow: ['read'] },
      'x',
      [],
    ]) {
      expect(over(tools as object, 'read').effect).toBe('deny');
    }
  });

  test('is told yes or no for whatever he names', () => {
    assert(
      property(string(), (tool) => {
        expect(['allow', 'deny']).toContain(over(undefined, tool).effect);
      }),
    );
    for (const tool of ['__proto__', 'constructor', 'toString', '']) {
      expect(over({ deny: [] }, tool).effect).toBe('allow');
    }
  });
});
