/**
 * Threads, and posts of a forum, which are threads too.
 *
 * @module
 */
import type { APIChannel } from 'discord.js';
import type { ChannelState, Network } from './network.ts';
import { channelOf } from './payloads.ts';
import type { FakeDiscordChannel, FakeDiscordUser } from './records.ts';
import { invalidField, Refusal } from './refusal.ts';

/** What a thread is opened with. */
export interface ThreadTerms {
  readonly by: FakeDiscordUser;
  readonly name: string;
  readonly isPrivate: boolean;
}

/** Opens a thread below `parent` and tells the gateway. */
export function openThread(network: Network, parent: ChannelState, terms: ThreadTerms): APIChannel {
  const { by, name, isPrivate } = terms;
  const { guild_id, type, id: parent_id } = parent.channel;
  if (guild_id === undefined || type === 11 || type === 12) {
    throw new Refusal(400, 50024, 'Cannot execute action on this channel type');
  }
  if (name === '' || name.length > 100) {
    throw invalidField('name', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.');
  }
  const channel: FakeDiscordChannel = {
    id: network.ids.next(),
    type: isPrivate ? 12 : 11,
    guild_id,
    parent_id,
  };
  const state = network.addChannel(channel, { name, ownerId: by.id });
  const created = channelOf(state);
  network.emit('THREAD_CREATE', { ...created, newly_created: true }, guild_id);
  return created;
}
