/**
 * Pins: a red test here means that what others rely on moved. Change it on purpose, in the same
 * change as a changeset.
 *
 * @module
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '..');
let pages: string;

beforeAll(async () => {
  pages = mkdtempSync(join(tmpdir(), 'portcullis-dist-'));
  await build({ root: ROOT, logLevel: 'silent', build: { outDir: pages, emptyOutDir: true } });
}, 60_000);

afterAll(() => {
  rmSync(pages, { recursive: true, force: true });
});

test('offers one page', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object;
  expect(manifest).toHaveProperty('exports', {
    './index.html': './dist/index.html',
    './package.json': './package.json',
  });
});

test('is built to the page, one script and one style, both named by their content', () => {
  expect(readdirSync(pages).toSorted()).toEqual(['assets', 'index.html']);
  const assets = readdirSync(join(pages, 'assets'));
  const kinds = assets.map((name) => name.replace(/^index-[\w-]{8}\./, '<name>.'));
  expect(kinds.toSorted()).toEqual(['<name>.css', '<name>.js']);
});

test('has nothing inline, so that a policy without inline code serves it', () => {
  const html = readFileSync(join(pages, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  expect(html).toContain('<script type="module"');
});

test('has a script below 60 kB compressed', () => {
  const script = readdirSync(join(pages, 'assets')).find((name) => name.endsWith('.js')) ?? '';
  const code = readFileSync(join(pages, 'assets', script));
  expect(gzipSync(code).byteLength).toBeGreaterThan(10_000);
  expect(gzipSync(code).byteLength).toBeLessThan(60_000);
});
