/**
 * A file of the workspace on its way out with a message: read as the tool `read` would read it, for
 * those who may use that tool, and no larger than the network takes.
 *
 * @module
 */
import {
  type Conversation,
  type Decision,
  type FilesBroker,
  type OutboundFile,
  PortcullisError,
} from '@portcullis/core';

import { getPath } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import { mimeTypeOf, nameOf } from '../outbox/file-name.ts';
import type { ChannelOf } from '../outbox/row.ts';
import type { EffectGate } from './effect.ts';
import type { ToolsOf } from './sessions/delegating.ts';

/** What attaching needs. */
export interface AttachRooms {
  readonly files: FilesBroker;
  readonly toolsOf: ToolsOf;
  readonly channelOf: ChannelOf;
}

/** Largest file without `mediaMaxMb`, in megabytes. */
const USUAL_MB = 10;
const MB = 1_000_000;
const NO_READING: Decision = {
  effect: 'deny',
  code: 'send.file_denied',
  path: '<default>tools.read',
  reason: 'Whoever may not have files read may not have them sent.',
};

/**
 * Reads a file for a message.
 *
 * Throws `send.no_files`, `send.file_denied`, and what reading it throws: `fs.*`, `files.*`.
 */
export async function attach(
  kernel: Kernel,
  gate: EffectGate,
  { files, toolsOf, channelOf }: AttachRooms,
  to: Conversation,
  path: string,
): Promise<OutboundFile> {
  const { run, event } = gate.site;
  if (!toolsOf(run, event).tools.includes('read')) {
    await gate.refuse({ kind: 'send', action: 'attach' }, NO_READING, {});
    throw new PortcullisError(NO_READING.code, NO_READING.reason, {
      hint: 'Say it in words.',
    });
  }
  const maxBytes = maxFileBytes(kernel, channelOf, to);
  const { bytes } = await files.read(path, { maxBytes });
  return { name: nameOf(path), mimeType: mimeTypeOf(path), bytes };
}

/**
 * How large a file to a conversation may be.
 *
 * @throws PortcullisError `send.no_files` where its channel sends none, or is not there to say so.
 */
export function maxFileBytes(
  kernel: Kernel,
  channelOf: ChannelOf,
  { channel, accountId }: Conversation,
): number {
  const most = channelOf(channel, accountId)?.maxFileBytes;
  if (most === undefined) {
    throw new PortcullisError('send.no_files', 'No file can be sent there.', {
      hint: 'The network takes none, or is not connected. Say it in words.',
    });
  }
  const { value } = kernel.config();
  const set =
    getPath(value, `channels.${channel}.accounts.${accountId}.mediaMaxMb`) ??
    getPath(value, `channels.${channel}.mediaMaxMb`);
  const mb = typeof set === 'number' ? set : USUAL_MB;
  return Math.min(most, Math.floor(mb * MB));
}
