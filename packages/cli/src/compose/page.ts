/**
 * Where the built chat page is.
 *
 * @module
 */
import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import {
  type LoadedConfig,
  type StatePaths,
  expandHome,
  getPath,
} from '@portcullis/gateway/config';

/**
 * The directory of the page: `gateway.controlUi.root`, else that of the package. Undefined where it is
 * switched off or not installed.
 *
 * Throws `page.root` where the configured directory holds no page.
 */
export function pageDirectory(config: LoadedConfig, { home }: StatePaths): string | undefined {
  if (getPath(config.value, 'gateway.controlUi.enabled') === false) return undefined;
  const root = getPath(config.value, 'gateway.controlUi.root');
  if (typeof root === 'string') return checkedRoot(expandHome(root, home));
  try {
    return dirname(createRequire(import.meta.url).resolve('@portcullis/control-ui/index.html'));
  } catch {
    return undefined;
  }
}

function checkedRoot(root: string): string {
  try {
    const directory = realpathSync(root);
    if (statSync(join(directory, 'index.html')).isFile()) return directory;
  } catch {
    // Said below, whatever kept it from being found.
  }
  throw new PortcullisError('page.root', `${root} holds no page: there is no index.html.`, {
    hint: 'Correct gateway.controlUi.root, or unset it to serve the page that comes with the gateway.',
  });
}
