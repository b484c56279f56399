/**
 * The Control UI's files: found once, served from memory.
 *
 * Promises: a request names an entry of a list made from the directory, never a path on disk, so
 * there is nothing to traverse; links are not followed.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

import type { Answer } from './answer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Files a build of the page can have. More means that the directory is not one. */
const MAX_FILES = 2000;

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** True for files whose name changes with their content. */
  readonly isImmutable: boolean;
}

/** The files of a directory by URL path. */
export class Assets {
  readonly #directory: string;
  /** What stands before every path: empty, or `/ui`. */
  readonly basePath: string;
  #paths: Promise<ReadonlyMap<string, string>> | undefined;
  readonly #cache: Map<string, Promise<Asset | undefined>> = new Map();

  constructor(directory: string, basePath: string = '') {
    this.#directory = directory;
    this.basePath = basePath;
  }

  async #list(): Promise<ReadonlyMap<string, string>> {
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).slice(0, MAX_FILES);
    return new Map(
      files.map((entry) => {
        const file = join(entry.parentPath, entry.name);
        const url = file.slice(this.#directory.length).replaceAll('\\', '/');
        return [url.startsWith('/') ? url : `/${url}`, file];
      }),
    );
  }

  async #read(file: string, url: string): Promise<Asset | undefined> {
    const bytes = await readInside(file, this.#directory).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const body = url === '/index.html' ? withBase(bytes, this.basePath) : bytes;
    const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    return { body, type, etag, isImmutable: /^\/assets\/.*-[\w-]{8,}\.\w+$/u.test(url) };
  }

  async #find(url: string): Promise<Asset | undefined> {
    this.#paths ??= this.#list().catch(() => new Map<string, string>());
    const file = (await this.#paths).get(url);
    if (file === undefined) return undefined;
    let asset = this.#cache.get(url);
    if (asset === undefined) {
      asset = this.#read(file, url);
      this.#cache.set(url, asset);
      if ((await asset) === undefined) this.#cache.delete(url);
    }
    return asset;
  }

  /**
   * The file at `path`. A path without a file extension is a view of the page and gets
   * `index.html`. Undefined when there is nothing to serve.
   */
  async answer(path: string, ifNoneMatch: string | undefined): Promise<Answer | undefined> {
    const asset =
      (await this.#find(path)) ??
      (extname(path) === '' ? await this.#find('/index.html') : undefined);
    if (asset === undefined) return undefined;
    const cache = asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache';
    const headers = { 'Cache-Control': cache, ETag: asset.etag };
    if (ifNoneMatch === asset.etag) return { status: 304, body: '', type: asset.type, headers };
    return { status: 200, body: asset.body, type: asset.type, headers };
  }
}

/** Reads a file that is where the list said; undefined for a link that took its place since. */
async function readInside(file: string, directory: string): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const [root, place] = await Promise.all([realpath(directory), realpath(file)]);
    const isInside = place.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
    return isInside && (await handle.stat()).isFile() ? await handle.readFile() : undefined;
  } finally {
    await handle.close();
  }
}

/** The page asks for its files from the root; below another path they are there. */
function withBase(html: Buffer, basePath: string): Buffer {
  if (basePath === '') return html;
  const moved = html.toString().replaceAll(/(\s(?:src|href)=")\/(?!\/)/gu, `$1${basePath}/`);
  return Buffer.from(moved);
}
