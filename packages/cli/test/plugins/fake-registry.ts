/**
 * A registry of npm on this machine, with the packages a test gives it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

import { onTestFinished } from 'vitest';

import { type Files, tarball } from './package-of.ts';

/** A published version. */
export interface Published {
  readonly files: Files;
  /** What the registry says its hash is. Default: the true one. */
  readonly integrity?: string;
  /** What stands beside the hash. */
  readonly dist?: object;
  readonly publisher?: string;
}

/** A registry. */
export interface FakeRegistry {
  /** How npm is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
}

interface Version {
  readonly name: string;
  readonly version: string;
}

/** Serves packages until the test is over; with `silent` it takes questions and answers none. */
export async function fakeRegistry(
  home: string,
  published: readonly Published[],
  { silent = false }: { readonly silent?: boolean } = {},
): Promise<FakeRegistry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    asked.push(path);
    if (silent) return;
    const versions = published.map((each) => {
      const manifest = JSON.parse(each.files['package.json'] ?? '{}') as Version;
      return { ...each, manifest, bytes: tarball(each.files) };
    });
    const wanted = versions.find(
      ({ manifest }) => path === `/-/${manifest.name}-${manifest.version}.tgz`,
    );
    if (wanted !== undefined) {
      response.end(wanted.bytes);
      return;
    }
    const mine = versions.filter(({ manifest }) => path === `/${manifest.name}`);
    if (mine.length === 0) {
      response.writeHead(404).end('{}');
      return;
    }
    const of = (each: (typeof mine)[number]): object => ({
      ...each.manifest,
      _npmUser: { name: each.publisher ?? 'somebody', email: 'a@b.invalid' },
      dist: {
        ...each.dist,
        integrity:
          each.integrity ?? `sha512-${createHash('sha512').update(each.bytes).digest('base64')}`,
        tarball: `http://${request.headers.host ?? ''}/-/${each.manifest.name}-${each.manifest.version}.tgz`,
      },
    });
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        name: mine[0]?.manifest.name,
        'dist-tags': { latest: mine.at(-1)?.manifest.version },
        versions: Object.fromEntries(mine.map((each) => [each.manifest.version, of(each)])),
      }),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    asked,
    env: {
      PATH: process.env['PATH'] ?? '',
      npm_config_registry: `http://127.0.0.1:${String(port)}/`,
      npm_config_cache: `${home}/npm-cache`,
      npm_config_fetch_retries: '0',
      npm_config_update_notifier: 'false',
    },
  };
}
