/**
 * Plugins that are made up for a test: their files, and the archives npm would make of them.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { type Entry, file, packed } from '../backup/forge.ts';

/** Files of a package, by their paths. */
export type Files = Readonly<Record<string, string>>;

/** The module of a plugin that offers nothing. */
export const QUIET = (id: string): string =>
  `export default { id: ${JSON.stringify(id)}, register() {} };`;

/** The module of a plugin with one tool that says `text`. */
export function toolModule(id: string, tool: string, text: string): string {
  const schema = `{ '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }`;
  return `
    export default {
      id: ${JSON.stringify(id)},
      register(registry) {
        registry.tool({
          name: ${JSON.stringify(tool)},
          description: 'Says something.',
          input: ${schema},
          inputSchema: { type: 'object' },
          effects: [],
          run: async () => ({ text: ${JSON.stringify(text)} }),
        });
      },
    };`;
}

/** A manifest, with what differs. */
export function manifestOf(id: string, more: object = {}): string {
  return JSON.stringify({
    name: `portcullis-${id}`,
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    portcullis: { id, channels: [], tools: [], auditChecks: [] },
    peerDependencies: { '@portcullis/core': '^0.1.0' },
    ...more,
  });
}

/** The files of a plugin with one tool. */
export function pluginWithTool(id: string, tool: string, text = 'hello', more: object = {}): Files {
  const portcullis = { id, channels: [], tools: [tool], auditChecks: [] };
  return {
    'package.json': manifestOf(id, { portcullis, ...more }),
    'index.js': toolModule(id, tool, text),
  };
}

/** Writes files below a folder. */
export function writeAll(folder: string, files: Files): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o644 });
  }
  return folder;
}

/** One entry of an archive, with exactly this path. */
export function entry(path: string, text: string, header: Entry['header'] = {}): Entry {
  return file(path, text, { path, ...header });
}

/** The archive of a package. */
export function tarball(files: Files): Buffer {
  return packed(Object.entries(files).map(([path, text]) => entry(`package/${path}`, text)));
}

/** Puts an archive somewhere and gives its path. */
export function archiveIn(folder: string, bytes: Buffer, name = 'plugin.tgz'): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
