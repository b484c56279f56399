/**
 * What an entry weighs, and the code a page or a worker would load: one minified file.
 *
 * Run as a program it writes each bundle where `size-limit` looks for it.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PACKAGE = join(import.meta.dirname, '..');
const BUNDLES = join(PACKAGE, 'node_modules/.cache/bundles');

interface Esbuild {
  buildSync(options: Readonly<Record<string, unknown>>): {
    readonly outputFiles: readonly { readonly text: string }[];
  };
}

/** The bundler that builds the package. */
function esbuild(): Esbuild {
  const builder = createRequire(createRequire(import.meta.url).resolve('tsup'));
  return builder('esbuild') as Esbuild;
}

/** The entries of the package, by subpath: `./exec` to its source. */
export function entries(): readonly (readonly [string, string])[] {
  const { exports } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [[subpath, target['@portcullis/source'] ?? ''] as const],
  );
}

/** `source` and everything it needs, minified. `iife` puts the exports into the global `policy`. */
export function bundle(source: string, format: 'esm' | 'iife' = 'esm'): string {
  const { outputFiles } = esbuild().buildSync({
    entryPoints: [join(PACKAGE, source)],
    bundle: true,
    minify: true,
    format,
    globalName: 'policy',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2024',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** Bytes of `code`, as it is and compressed. */
export function sizeOf(code: string): { readonly minified: number; readonly gzip: number } {
  return { minified: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length };
}

if (import.meta.main) {
  for (const [subpath, source] of entries()) {
    const file = join(BUNDLES, subpath === '.' ? 'root.js' : `${subpath}.js`);
    const code = bundle(source);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
    const { minified, gzip } = sizeOf(code);
    console.log(`${subpath.padEnd(12)} ${minified} minified, ${gzip} gzip`);
  }
}
