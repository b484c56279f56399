/**
 * What people do on the fake network: write, edit, press, react, close their door.
 *
 * @module
 */
import type { FakeDiscordPeople } from './controls.ts';
import { giveCommand, press } from './interactions.ts';
import { mentionFields, namedIn } from './mentions.ts';
import { type ChannelState, type Network, timestamp } from './network.ts';
import { attach, checkHoldsMessages, replyFields } from './outgoing.ts';
import { react } from './reactions.ts';
import type {
  DiscordMessageReceipt,
  DiscordUserMessage,
  FakeDiscordGuild,
  FakeDiscordUser,
} from './records.ts';

class People implements FakeDiscordPeople {
  readonly #network: Network;
  readonly #base: () => string;

  constructor(network: Network, base: () => string) {
    this.#network = network;
    this.#base = base;
  }

  #place({ from, channel }: DiscordUserMessage): ChannelState {
    const network = this.#network;
    const state = channel === undefined ? network.direct(from) : network.channel(channel.id);
    checkHoldsMessages(state);
    const { guild_id } = state.channel;
    if (guild_id !== undefined && from.webhook_id === undefined) {
      network.member(network.guild(guild_id), from);
    }
    return state;
  }

  userSends(message: DiscordUserMessage): DiscordMessageReceipt {
    const network = this.#network;
    const state = this.#place(message);
    const { content = '', replyTo, replyPings = true, files = [] } = message;
    const answered = replyTo === undefined ? undefined : network.message(state, replyTo);
    const named = namedIn(content);
    const notified = answered !== undefined && replyPings ? [answered.author.id] : [];
    const users = [...new Set([...named.users, ...notified])];
    const written = network.write(
      state,
      {
        content,
        attachments: files.map((file) => attach(network, this.#base(), file)),
        ...mentionFields(network, { ...named, users }),
        ...replyFields(state, answered),
      },
      message.from,
    );
    return { channelId: state.channel.id, messageId: written.id };
  }

  userEdits(edit: Parameters<FakeDiscordPeople['userEdits']>[0]): void {
    const { channelId, messageId, content } = edit;
    this.#network.change(this.#network.channel(channelId), messageId, {
      content,
      edited_timestamp: timestamp(),
      ...mentionFields(this.#network, namedIn(content)),
    });
  }

  previewAppears({ channelId, messageId }: DiscordMessageReceipt): void {
    const embeds = [{ type: 'link' as never, url: 'https://example.com/', title: 'Example' }];
    this.#network.change(this.#network.channel(channelId), messageId, { embeds });
  }

  userDeletes({ channelId, messageId }: DiscordMessageReceipt): void {
    this.#network.remove(this.#network.channel(channelId), messageId);
  }

  userReacts(reaction: Parameters<FakeDiscordPeople['userReacts']>[0]): void {
    const { channelId, removed = false, ...rest } = reaction;
    react(this.#network, this.#network.channel(channelId), { ...rest, removed });
  }

  userPresses(pressed: Parameters<FakeDiscordPeople['userPresses']>[0]): string {
    return press(this.#network, pressed);
  }

  userCommands(command: Parameters<FakeDiscordPeople['userCommands']>[0]): string {
    return giveCommand(this.#network, command);
  }

  userForwards(forward: Parameters<FakeDiscordPeople['userForwards']>[0]): DiscordMessageReceipt {
    const { content, files = [] } = forward;
    const state = this.#place(forward);
    const attachments = files.map((file) => attach(this.#network, this.#base(), file));
    const snapshot = { content, attachments, timestamp: timestamp(), type: 0, mentions: [] };
    const written = this.#network.write(
      state,
      {
        message_reference: { type: 1, channel_id: this.#network.ids.next() },
        message_snapshots: [{ message: { ...snapshot, embeds: [], edited_timestamp: null } }],
      } as never,
      forward.from,
    );
    return { channelId: state.channel.id, messageId: written.id };
  }

  userBlocks(user: FakeDiscordUser): void {
    this.#network.direct(user).closedBecause = {
      number: 50007,
      message: 'Cannot send messages to this user',
    };
  }

  removesBot({ id }: FakeDiscordGuild): void {
    this.#network.leave(id);
  }
}

/** The people of a network. `base`: where the fake serves files. */
export function createPeople(network: Network, base: () => string): FakeDiscordPeople {
  return new People(network, base);
}
