/**
 * What changes of the channels open, beside what the policy itself tells when it is asked about
 * everybody. Data only.
 *
 * @module
 */
import { amount, asked, flag, list, plain, pointer, presence, unknown, words } from './order.ts';
import { type Rule, below, rule } from './rule.ts';
import { roomTools } from './tool-rules.ts';

const botLoops: readonly Rule[] = [
  rule('enabled', flag(false, true), 'two bots may answer each other without end'),
  rule('maxEventsPerWindow', amount('more', 20), 'two bots may answer each other longer'),
  rule('windowSeconds', amount('less', 60), 'two bots may answer each other longer'),
  rule('cooldownSeconds', amount('less', 60), 'two bots may begin again sooner'),
];

const mentions: readonly Rule[] = ['replyToBot', 'quotedBot', 'threadParticipation'].map((name) =>
  rule(`implicitMentions.${name}`, flag(true, true), 'more messages in rooms are answered'),
);

const CONTEXT = words([['allowlist'], ['allowlist_quote'], ['all']], 'all');
const MORE_ANSWERED = 'more messages in rooms are answered';

/** A room, and a conversation with one person. */
const room: readonly Rule[] = [
  ...['enabled', 'allow', 'groupPolicy', 'allowFrom', 'users', 'roles', 'dmPolicy'].map((name) =>
    rule(name, asked),
  ),
  rule('requireMention', flag(false, true), MORE_ANSWERED),
  rule('ignoreOtherMentions', flag(false, false), MORE_ANSWERED),
  rule('allowBots', unknown, 'bots are listened to'),
  rule('slug', plain),
  ...roomTools,
];

const senders: readonly Rule[] = [
  ...['enabled', 'dmPolicy', 'allowFrom', 'groupPolicy', 'groupAllowFrom'].map((name) =>
    rule(name, asked),
  ),
  ...['dm.enabled', 'dm.policy', 'dm.allowFrom', 'dm.groupEnabled', 'dm.groupChannels'].map(
    (name) => rule(name, asked),
  ),
  rule('name', plain),
  rule('requireMention', flag(false, true), MORE_ANSWERED),
  rule('ignoreOtherMentions', flag(false, false), MORE_ANSWERED),
  rule('contextVisibility', CONTEXT, 'the agent sees messages of more people'),
  rule('allowBots', unknown, 'bots are listened to'),
  ...below('botLoopProtection', botLoops),
  ...mentions,
  rule('mentionPatterns', list('more'), MORE_ANSWERED),
  rule('mentionPatterns.mode', words([['deny'], ['allow']], 'allow'), MORE_ANSWERED),
  rule('mentionPatterns.allowIn', list('more'), MORE_ANSWERED),
  rule('mentionPatterns.denyIn', list('less'), MORE_ANSWERED),
  ...below('direct.*', room),
  ...below('groups.*', room),
  rule('groups.allowlist', asked),
  ...below('groups.*.topics.*', room),
  ...below('guilds.*', room),
  ...below('guilds.*.channels.*', room),
  ...below('channels.*', room),
];

const conduct: readonly Rule[] = [
  rule('leaveUnlisted', plain),
  rule('dangerouslyAllowNameMatching', flag(true, false), 'lists match names that anyone can take'),
  rule('dangerouslyAllowEndpoint', flag(true, false), 'its credentials may go to another server'),
  rule(
    'dangerouslySkipSignatureChecks',
    flag(true, false),
    'forged servers and contacts would be believed',
  ),
  rule('historyLimit', plain),
  rule('dmHistoryLimit', plain),
  rule('mediaMaxMb', plain),
  rule('configWrites', flag(true, false), 'would let chats change the config'),
  rule('execApprovals.enabled', flag(true, false), 'its approvers may answer approval questions'),
  rule('execApprovals.approvers', list('more'), 'they may answer approval questions'),
  rule('execApprovals.target', plain),
  rule('commands.native', plain),
  rule('commands.nativeSkills', plain),
];

/** How the networks are reached. */
const network: readonly Rule[] = [
  ...['botToken', 'token', 'appToken', 'userToken', 'tokenFile', 'authDir'].map((name) =>
    rule(name, presence, 'people can write to the gateway there'),
  ),
  rule('signingSecret', plain),
  rule('webhookSecret', plain),
  rule('webhookUrl', pointer, 'messages come in by webhook'),
  rule('webhookPath', plain),
  rule('webhookHost', plain),
  ...['apiRoot', 'apiUrl', 'socketUrl'].map((name) =>
    rule(name, pointer, 'its messages and credentials go to another server'),
  ),
  rule('selfChatMode', asked),
  rule('sendReadReceipts', plain),
  rule('version', plain),
  rule('applicationId', plain),
  rule('mode', plain),
  rule('slashCommand.enabled', plain),
];

const block: readonly Rule[] = [...senders, ...conduct, ...network];

/** What stands below `channels`. */
export const channelRules: readonly Rule[] = below('channels', [
  rule('defaults.groupPolicy', asked),
  rule('defaults.contextVisibility', CONTEXT, 'the agent sees messages of more people'),
  ...below('defaults.botLoopProtection', botLoops),
  ...below('defaults', mentions),
  rule('defaults.heartbeatVisibility', plain),
  rule('modelByChannel.**', plain),
  ...below('*', block),
  rule('*.defaultAccount', plain),
  ...below('*.accounts.*', block),
]);
