/**
 * The contract plugins are written against, as this program has it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { CORE, type Fit } from './manifest.ts';

const ours = createRequire(import.meta.url);

/** Where our copy of the contract is. */
export function coreUrl(): string {
  return pathToFileURL(ours.resolve(CORE)).href;
}

/** What a plugin must fit to. */
export function ourFit(): Fit {
  const manifest: unknown = JSON.parse(readFileSync(ours.resolve(`${CORE}/package.json`), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : '';
  return { core: version, node: process.versions.node };
}
