/**
 * `openclaw plugins create`: a channel or a tool that works, with its tests, to be changed into
 * another one.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PortcullisError } from '@portcullis/core';

import type { CommandHandler } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { isFreeId, isFreeToolName } from '../../plugins/manifest.ts';
import { ourFit } from '../../plugins/our-core.ts';

/** The names the templates are written with. */
const WRITTEN = { channel: 'linechat', tool: 'wordcount' } as const;
const TEMPLATES = 'templates';
/** A second `package.json` in a package would be read as one by those who look into it. */
const MANIFEST = 'package.json.template';
const NAME = /^[a-z][a-z0-9]{1,39}$/u;

type Kind = keyof typeof WRITTEN;

/** The folder of the templates: beside the sources, and beside what they are built into. */
function templatesOf(kind: Kind): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, TEMPLATES, kind)) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return join(folder, TEMPLATES, kind);
}

function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** The files of a new plugin, by their paths. `folder`: where its template lies. */
export function filesOf(
  kind: Kind,
  name: string,
  folder: string = templatesOf(kind),
): ReadonlyMap<string, string> {
  const written = WRITTEN[kind];
  const { core } = ourFit();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    // Of the templates only: where this package itself is installed is a folder of that name, too.
    .filter((path) => !path.split(sep).includes('node_modules'))
    .toSorted();
  return new Map(
    paths.map((path) => [
      path === MANIFEST ? 'package.json' : path,
      readFileSync(join(folder, path), 'utf8')
        .replaceAll('0.0.0-core', core)
        .replaceAll(written, name)
        .replaceAll(capital(written), capital(name))
        .replaceAll(written.toUpperCase(), name.toUpperCase()),
    ]),
  );
}

function isKind(word: string): word is Kind {
  return Object.hasOwn(WRITTEN, word);
}

/** `openclaw plugins create channel|tool <name>`. */
export const createPlugin: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const kind = input.argument('kind');
  const name = input.argument('name');
  if (!isKind(kind) || !NAME.test(name) || !isFreeId(name) || !isFreeToolName(name)) {
    throw new PortcullisError('plugin.name', `A plugin cannot be called ${quote(name)}.`, {
      hint: 'Small letters and digits, and no name of a channel or tool that is there already.',
    });
  }
  const folder = resolve(context.cwd ?? process.cwd(), input.text('dir') ?? name);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new PortcullisError('plugin.folder_taken', `There is something in ${folder} already.`, {
      hint: 'Choose another folder: --dir <folder>',
    });
  }
  const files = filesOf(kind, name);
  for (const [path, text] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { flag: 'wx' });
  }
  if (json) {
    out.json({ ok: true, kind, name, folder, files: [...files.keys()] });
    return;
  }
  out.line(`A ${kind} that works is in ${folder}.`);
  out.note('Run its tests: npm install && npm test');
  out.note(`Install it: openclaw plugins install ${folder}`);
};
