/**
 * The config of the first start. Promises: closed to everybody but the owner of this machine; an
 * existing file is never touched.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { PortcullisError } from '@portcullis/core';
import { createFile } from './atomic-file.ts';
import { parseConfig } from './load.ts';
import type { StatePaths } from './paths.ts';
import { errnoReason } from './text-file.ts';

/** What {@link createFirstConfig} did. */
export interface FirstConfig {
  /** False when there was a config already. */
  readonly created: boolean;
  readonly path: string;
}

/**
 * The config of a first start: local, loopback only, nothing allowed but talking. `token` is written
 * as it is.
 */
export function firstConfigText(token: string): string {
  return `{
  // Comments and trailing commas are fine here.
  gateway: {
    mode: "local",
    // Only programs on this machine can connect. Opening it up needs more than this line.
    bind: "loopback",
    auth: {
      mode: "token",
      // Whoever has this token controls the gateway. Keep the file private.
      token: "${token}",
    },
  },

  session: {
    // Everybody who writes has a conversation of their own.
    dmScope: "per-channel-peer",
  },

  tools: {
    // Start with talking only, and open up one thing at a time.
    profile: "messaging",
    deny: ["group:automation", "group:runtime", "group:fs", "sessions_spawn", "sessions_send"],
    fs: { workspaceOnly: true },
    exec: { security: "deny", ask: "always" },
    elevated: { enabled: false },
  },

  // Strangers who write get a pairing code and nothing else, until you approve them:
  // channels: {
  //   telegram: { botToken: "\${TELEGRAM_BOT_TOKEN}", dmPolicy: "pairing" },
  // },
}
`;
}

/**
 * Writes the config of a first start: local, loopback only, with a fresh 256-bit token, nothing
 * allowed but talking. The file is private (0600). The token is in the file and nowhere else.
 *
 * `text` is another config to begin with, which must be valid.
 *
 * @throws PortcullisError `config.unwritable`, and `config.*` where `text` is no valid config.
 */
export function createFirstConfig(paths: StatePaths, text?: string): FirstConfig {
  const path = paths.configPath;
  if (text !== undefined) parseConfig(text, { env: {}, paths });
  try {
    const created = createFile(
      path,
      text ?? firstConfigText(randomBytes(32).toString('base64url')),
    );
    return { created, path };
  } catch (error) {
    throw new PortcullisError(
      'config.unwritable',
      `${path} cannot be written: ${errnoReason(error)}.`,
      {
        hint: 'Check the permissions of the state directory and the space on the disk.',
        details: { path },
        cause: error,
      },
    );
  }
}
