/**
 * The chat networks: who may write, in which rooms, and how they are reached. Data only.
 *
 * @module
 */
import {
  type KeySpec,
  any,
  bool,
  either,
  ids,
  key,
  knownKey,
  mapOf,
  matching,
  oneOf,
  secret,
  strings,
  text,
  whole,
} from './key-spec.ts';
import { roomToolKeys } from './tool-keys.ts';

const DM_POLICY = oneOf(['pairing', 'allowlist', 'open', 'disabled']);
const ROOM_POLICY = oneOf(['allowlist', 'open', 'disabled']);
const CONTEXT = oneOf(['all', 'allowlist', 'allowlist_quote']);
const BOTS = either(bool, oneOf(['mentions']));
const ENDPOINT = matching(/^(?:https?|wss?):\/\/[^\s]+$/u, 'an http, https, ws or wss URL');

/** Words that channel ids may not be, because session keys use them. */
export const RESERVED_CHANNEL_IDS: readonly string[] =
  'direct group channel thread topic cron hook subagent acp main global'.split(' ');

function loopKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.enabled`, bool, 'Stop two bots that answer each other.', { default: true }),
    key(
      `${at}.maxEventsPerWindow`,
      { kind: 'number', min: 0, max: 1e9 },
      'Messages per window before it stops.',
      { default: 20 },
    ),
    key(`${at}.windowSeconds`, { kind: 'number', min: 0, max: 1e9 }, 'Length of the window.', {
      default: 60,
    }),
    key(
      `${at}.cooldownSeconds`,
      { kind: 'number', min: 0, max: 1e9 },
      'How long it stays stopped.',
      { default: 60 },
    ),
  ];
}

function mentionKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.implicitMentions.replyToBot`, bool, 'A reply to the bot counts as a mention.', {
      default: true,
    }),
    key(`${at}.implicitMentions.quotedBot`, bool, 'Quoting the bot counts as a mention.', {
      default: true,
    }),
    key(
      `${at}.implicitMentions.threadParticipation`,
      bool,
      'Writing in a thread the bot takes part in counts as a mention.',
      { default: true },
    ),
  ];
}

function senderKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.enabled`, bool, 'Off closes the channel. A block that exists is on.'),
    key(`${at}.name`, text, 'Name for people.'),
    key(
      `${at}.dmPolicy`,
      DM_POLICY,
      'Who may write directly. `open` needs `"*"` in `allowFrom`, `allowlist` at least one entry.',
      { default: 'pairing' },
    ),
    key(
      `${at}.allowFrom`,
      ids,
      'Who may write directly: ids of the network, `*`, or `accessGroup:<name>`.',
    ),
    key(`${at}.groupPolicy`, ROOM_POLICY, 'In which rooms to listen.', { default: 'allowlist' }),
    key(`${at}.groupAllowFrom`, ids, 'Who may write in rooms. Unset: as `allowFrom`.'),
    key(`${at}.requireMention`, bool, 'Answer in rooms only when mentioned.', { default: true }),
    key(`${at}.ignoreOtherMentions`, bool, 'Ignore messages that mention somebody else.', {
      default: false,
    }),
    key(
      `${at}.contextVisibility`,
      CONTEXT,
      'Whose unanswered messages the agent may see as context.',
      { default: 'all' },
    ),
    key(
      `${at}.allowBots`,
      BOTS,
      'Listen to other bots: `true`, or only when they mention this one.',
      { default: false },
    ),
    ...loopKeys(`${at}.botLoopProtection`),
    ...mentionKeys(at),
    key(
      `${at}.mentionPatterns`,
      either(strings, { kind: 'object' }),
      'Patterns that count as a mention, or where they do.',
    ),
    key(
      `${at}.mentionPatterns.mode`,
      oneOf(['allow', 'deny']),
      'Whether patterns count by default.',
    ),
    key(`${at}.mentionPatterns.allowIn`, ids, 'Rooms where patterns count.'),
    key(`${at}.mentionPatterns.denyIn`, ids, 'Rooms where patterns do not count.'),
  ];
}

function directKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.dm.enabled`, bool, 'Off closes direct messages.'),
    key(`${at}.dm.policy`, DM_POLICY, 'Older spelling of `dmPolicy`.'),
    key(`${at}.dm.allowFrom`, ids, 'Older spelling of `allowFrom`.'),
    key(`${at}.dm.groupEnabled`, bool, 'Listen in group direct messages.', { default: false }),
    key(`${at}.dm.groupChannels`, ids, 'Group direct messages to listen in. Empty: any.'),
    key(`${at}.direct`, mapOf(), 'Settings of single direct conversations.'),
    key(`${at}.direct.*.dmPolicy`, DM_POLICY, 'Overrides `dmPolicy` for this person.'),
    key(`${at}.direct.*.allowFrom`, ids, 'Overrides `allowFrom` for this person.'),
    key(`${at}.direct.*.enabled`, bool, 'Off closes this conversation.'),
    ...roomToolKeys(`${at}.direct.*`),
    key(`${at}.direct.*.*`, any, 'More about this conversation.', { status: 'known' }),
  ];
}

function conductKeys(at: string): readonly KeySpec[] {
  return [
    key(
      `${at}.leaveUnlisted`,
      bool,
      'Leave rooms that are not listed. Default: on where `groups.allowlist` is written.',
    ),
    key(
      `${at}.dangerouslyAllowNameMatching`,
      bool,
      'Match lists by display name too. Names can be taken by anyone.',
      { default: false },
    ),
    key(
      `${at}.dangerouslyAllowEndpoint`,
      bool,
      "Allow an endpoint that is not on this machine. It receives the account's credentials.",
      { default: false },
    ),
    key(`${at}.historyLimit`, whole(0, 1000), 'Earlier room messages shown to the agent.', {
      status: 'known',
    }),
    key(`${at}.dmHistoryLimit`, whole(0, 1000), 'Earlier direct messages shown to the agent.', {
      status: 'known',
    }),
    key(
      `${at}.mediaMaxMb`,
      { kind: 'number', min: 0, max: 2048 },
      'Largest file fetched or sent, in megabytes.',
    ),
    key(`${at}.configWrites`, bool, 'Accepted and inert: chats never change the config.', {
      default: false,
    }),
    key(
      `${at}.execApprovals.enabled`,
      bool,
      'Send approval questions to this channel, and count its own approvers.',
    ),
    key(
      `${at}.execApprovals.approvers`,
      ids,
      'Who may answer the questions of this channel’s own conversations, there and nowhere else.',
    ),
    key(
      `${at}.execApprovals.target`,
      oneOf(['dm', 'channel', 'both']),
      'Where the questions of its conversations go: to each approver, into the conversation, or both.',
      { default: 'dm' },
    ),
    key(
      `${at}.commands.native`,
      either(bool, oneOf(['auto'])),
      "Register the network's own commands.",
    ),
    key(
      `${at}.commands.nativeSkills`,
      either(bool, oneOf(['auto'])),
      'Register skills as commands.',
    ),
  ];
}

/** Rows every channel has, for the channel itself and for each account. */
export function commonChannelKeys(at: string): readonly KeySpec[] {
  return [...senderKeys(at), ...directKeys(at), ...conductKeys(at)];
}

function roomKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.enabled`, bool, 'Off closes this room.'),
    key(`${at}.allow`, bool, 'Older spelling of `enabled`.'),
    key(`${at}.groupPolicy`, ROOM_POLICY, 'Overrides `groupPolicy`.'),
    key(`${at}.allowFrom`, ids, 'Who may write here.'),
    key(`${at}.users`, ids, 'Who may write here.'),
    key(`${at}.roles`, ids, 'Roles that may write here.'),
    key(`${at}.requireMention`, bool, 'Answer only when mentioned.', { default: true }),
    key(`${at}.ignoreOtherMentions`, bool, 'Ignore messages that mention somebody else.', {
      default: false,
    }),
    key(`${at}.allowBots`, BOTS, 'Listen to other bots.', { default: false }),
    ...roomToolKeys(at),
    key(`${at}.*`, any, 'More about the room.', { status: 'known' }),
  ];
}

const roomLists = {
  telegram: (at: string): readonly KeySpec[] => [
    key(
      `${at}.groups`,
      mapOf(),
      'Groups, by chat id; `*` holds defaults. Present but empty: none.',
    ),
    key(`${at}.groups.allowlist`, ids, 'Short form: the ids of the groups to listen in.'),
    ...roomKeys(`${at}.groups.*`),
    key(`${at}.groups.*.topics`, mapOf(), 'Topics of a forum, by id.'),
    ...roomKeys(`${at}.groups.*.topics.*`),
  ],
  whatsapp: (at: string): readonly KeySpec[] => [
    key(`${at}.groups`, mapOf(), 'Groups, by JID; `*` holds defaults. Present but empty: none.'),
    key(`${at}.groups.allowlist`, ids, 'Short form: the JIDs of the groups to listen in.'),
    ...roomKeys(`${at}.groups.*`),
  ],
  discord: (at: string): readonly KeySpec[] => [
    key(`${at}.guilds`, mapOf(), 'Servers, by id. Present but empty: none.'),
    ...roomKeys(`${at}.guilds.*`),
    key(`${at}.guilds.*.slug`, text, 'Name for people.'),
    key(`${at}.guilds.*.channels`, mapOf(), 'Channels of the server, by id.'),
    ...roomKeys(`${at}.guilds.*.channels.*`),
  ],
  slack: (at: string): readonly KeySpec[] => [
    key(`${at}.channels`, mapOf(), 'Channels, by id. Present but empty: none.'),
    ...roomKeys(`${at}.channels.*`),
  ],
} as const;

const ownKeys = {
  telegram: (at: string): readonly KeySpec[] => [
    key(`${at}.botToken`, secret, 'Token from BotFather. Else `TELEGRAM_BOT_TOKEN`.'),
    key(`${at}.tokenFile`, text, 'File that holds the token; no symbolic link.'),
    key(
      `${at}.webhookUrl`,
      matching(
        // Telegram calls https only; a server on this machine may be called in the clear.
        /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/])[^\s@]+$/u,
        'an https URL, or an http URL of this machine',
      ),
      'Receive by webhook instead of polling. Needs `webhookSecret`.',
    ),
    key(`${at}.webhookSecret`, secret, 'What Telegram must send in its secret header.'),
    key(`${at}.webhookPath`, text, 'Path of the webhook.'),
    key(`${at}.webhookHost`, text, "Accepted and inert: webhooks use the gateway's one port.", {
      status: 'known',
    }),
    key(
      `${at}.apiRoot`,
      ENDPOINT,
      'Bot API server. On this machine unless `dangerouslyAllowEndpoint`.',
    ),
  ],
  whatsapp: (at: string): readonly KeySpec[] => [
    key(`${at}.selfChatMode`, bool, "Treat the chat with oneself as the owner's.", {
      default: false,
    }),
    key(`${at}.sendReadReceipts`, bool, 'Mark admitted messages as read.'),
    key(`${at}.authDir`, text, 'Directory of an existing login to take over.'),
    key(
      `${at}.dangerouslySkipSignatureChecks`,
      bool,
      'Believe WhatsApp servers and keys of contacts without looking at their signatures.',
      { default: false },
    ),
    key(`${at}.version`, ids, 'Version of WhatsApp Web to present, three numbers.'),
    key(
      `${at}.socketUrl`,
      ENDPOINT,
      'WhatsApp server. On this machine unless `dangerouslyAllowEndpoint`.',
    ),
  ],
  discord: (at: string): readonly KeySpec[] => [
    key(`${at}.token`, secret, 'Bot token. Else `DISCORD_BOT_TOKEN`.'),
    key(`${at}.tokenFile`, text, 'File that holds the token; no symbolic link.'),
    key(`${at}.applicationId`, text, 'Application id.'),
    key(
      `${at}.apiUrl`,
      ENDPOINT,
      'Discord API. On this machine unless `dangerouslyAllowEndpoint`.',
    ),
  ],
  slack: (at: string): readonly KeySpec[] => [
    key(`${at}.mode`, oneOf(['socket', 'http']), 'How events arrive.', { default: 'socket' }),
    key(`${at}.botToken`, secret, 'Token `xoxb-…`. Else `SLACK_BOT_TOKEN`.'),
    key(`${at}.appToken`, secret, 'Token `xapp-…` for socket mode. Else `SLACK_APP_TOKEN`.'),
    key(`${at}.userToken`, secret, 'Token `xoxp-…`.', { status: 'known' }),
    key(
      `${at}.signingSecret`,
      secret,
      'Signing secret for http mode. Else `SLACK_SIGNING_SECRET`.',
    ),
    key(`${at}.webhookPath`, text, 'Path for http mode, below `/channels/slack/<account>`.', {
      default: '/events',
    }),
    key(`${at}.slashCommand.enabled`, bool, 'Whether slash commands do anything.', {
      default: true,
    }),
    key(`${at}.slashCommand.*`, any, 'More about the slash command.', { status: 'known' }),
    key(`${at}.apiUrl`, ENDPOINT, 'Slack API. On this machine unless `dangerouslyAllowEndpoint`.'),
  ],
} as const;

/** Channels whose keys this table knows. */
export const TABLED_CHANNELS: readonly string[] = Object.keys(ownKeys);

function blockKeys(id: keyof typeof ownKeys): readonly KeySpec[] {
  const root = `channels.${id}`;
  const account = `${root}.accounts.*`;
  return [
    ...commonChannelKeys(root),
    ...roomLists[id](root),
    ...ownKeys[id](root),
    key(`${root}.defaultAccount`, text, 'Account used when none is named.', { default: 'default' }),
    key(
      `${root}.accounts`,
      mapOf('account'),
      'More accounts of this network. Each overrides the keys of the channel.',
    ),
    ...commonChannelKeys(account),
    ...roomLists[id](account),
    ...ownKeys[id](account),
  ];
}

/** Rows for `channels`. */
export const channelKeys: readonly KeySpec[] = [
  key('channels.defaults.groupPolicy', ROOM_POLICY, 'For channels that set none.', {
    default: 'allowlist',
  }),
  key('channels.defaults.contextVisibility', CONTEXT, 'For channels that set none.', {
    default: 'all',
  }),
  ...loopKeys('channels.defaults.botLoopProtection'),
  ...mentionKeys('channels.defaults'),
  key('channels.modelByChannel', any, 'Model by channel.', { status: 'known' }),
  ...(Object.keys(ownKeys) as (keyof typeof ownKeys)[]).flatMap(blockKeys),
  knownKey('channels.defaults.heartbeatVisibility'),
];
