/**
 * `openclaw browser status`: whether the agent has a browser. It has none yet, and this says so.
 *
 * @module
 */
import { getPath, loadConfig } from '@portcullis/gateway/config';

import type { CommandHandler } from '../command.ts';

/** `openclaw browser status`. */
export const showBrowser: CommandHandler = async ({ context: { env, paths }, out, json }) => {
  const { value } = loadConfig({ env, paths });
  const enabled = getPath(value, 'browser.enabled') !== false;
  if (json) {
    const reason = 'No package provides a browser.';
    out.json({ ok: true, enabled, available: false, running: false, reason });
    return;
  }
  out.line('The agent has no browser: no package provides one yet.');
  out.line(
    enabled
      ? 'The config would let it use one. It reads pages with web_fetch.'
      : 'The config would not let it use one: browser.enabled is false.',
  );
};
