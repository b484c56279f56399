/**
 * A question of `openclaw policy explain`: somebody, somewhere, and what he wants.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { ExecInput } from '../exec/decide.ts';
import type { FileInput } from '../files/decide.ts';
import { canonicalSender } from '../identity/sender.ts';
import { canonicalTool } from '../tools/names.ts';
import type { Arrival, Situation } from './judge.ts';
import type { Subject } from './remedy.ts';

/** Somebody, somewhere, and what he wants. */
export interface Question {
  readonly channel: string;
  /** In any spelling its channel knows. */
  readonly sender: string;
  /** Default `default`. */
  readonly accountId?: string;
  /** The room; a direct message without it. */
  readonly group?: string;
  readonly topicId?: string;
  readonly guildId?: string;
  /** The room above a thread. */
  readonly parentId?: string;
  readonly username?: string;
  readonly roles?: readonly string[];
  readonly isBot?: boolean;
  /** False: the message does not address the agent. Default true. */
  readonly addressed?: boolean;
  /** The pairing store of this channel account. */
  readonly paired?: readonly string[];
  /** Of the model in use. */
  readonly provider?: string;
  readonly model?: string;
  /** A control command, such as `config`. */
  readonly command?: string;
  /** A tool in any spelling. */
  readonly tool?: string;
  /** A command line, asked of `exec`. The agent is filled in. */
  readonly exec?: Omit<ExecInput, 'agentId'>;
  /** A URL, asked of `web_fetch`, or of the browser where that is the tool. */
  readonly url?: string;
  /** A file, asked of `read` unless another tool is named. The agent is filled in. */
  readonly file?: Omit<FileInput, 'agentId'>;
}

/** The tool that is asked about: the one named, else the one that the rest of it needs. */
export function toolOf({ tool, exec, url, file }: Question): string | undefined {
  if (tool !== undefined) return canonicalTool(tool);
  if (exec !== undefined) return 'exec';
  if (url !== undefined) return 'web_fetch';
  return file === undefined ? undefined : 'read';
}

/** The message that is asked about. */
export function situationOf(question: Question): Situation {
  const { channel, accountId = 'default', group, command, addressed = true } = question;
  const { topicId, guildId, parentId, username, roles, isBot, provider, model } = question;
  const sender = canonicalSender(channel, question.sender) ?? question.sender;
  const threaded = channel === 'discord' || channel === 'slack';
  const room = threaded ? 'channel' : 'group';
  const event: Event = {
    kind: command === undefined ? 'message' : 'command',
    conversation: {
      channel,
      accountId,
      kind: group === undefined ? 'direct' : room,
      id: group ?? sender,
      ...(topicId === undefined ? {} : { topicId }),
      ...(guildId === undefined ? {} : { guildId }),
      ...(parentId === undefined ? {} : { parentId }),
    },
    sender: {
      id: sender,
      ...(username === undefined ? {} : { username }),
      ...(roles === undefined ? {} : { roles }),
      ...(isBot === undefined ? {} : { isBot }),
    },
    at: 0,
    facts: { nativeMention: addressed },
    ...(command === undefined ? {} : { command: { name: command, args: '' } }),
  };
  return {
    event,
    state: { paired: question.paired ?? [] },
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
  };
}

/** What suggestions about it may speak of. */
export function subjectOf(question: Question, { agentId }: Arrival): Subject {
  const { channel, accountId = 'default', group, guildId, url } = question;
  const tool = toolOf(question);
  return {
    channel,
    accountId,
    sender: canonicalSender(channel, question.sender) ?? question.sender,
    ...(group === undefined ? {} : { group }),
    ...(guildId === undefined ? {} : { guildId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(tool === undefined ? {} : { tool }),
    ...(url !== undefined && URL.canParse(url) ? { host: new URL(url).hostname } : {}),
  };
}
