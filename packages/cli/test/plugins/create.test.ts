import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { filesOf } from '../../src/commands/plugins/create.ts';

const TEMPLATES = join(import.meta.dirname, '../../templates');

test.each(['channel', 'tool'] as const)(
  'a new %s is the same wherever the command itself is installed',
  (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-create-'));
    try {
      const installed = join(folder, 'node_modules/@portcullis/cli/templates', kind);
      cpSync(join(TEMPLATES, kind), installed, { recursive: true });
      // What somebody tried the template with is no part of it.
      mkdirSync(join(installed, 'node_modules'), { recursive: true });
      writeFileSync(join(installed, 'node_modules/left.js'), '');
      const files = filesOf(kind, 'mine', installed);
      expect([...files]).toEqual([...filesOf(kind, 'mine')]);
      expect([...files.keys()]).toEqual(
        expect.arrayContaining(['README.md', 'package.json', 'src/index.js']),
      );
      expect(files.get('package.json')).toContain('"mine"');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
