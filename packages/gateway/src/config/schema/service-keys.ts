/**
 * Everything beside gateway, agents, tools and channels: models, secrets, hooks, cron, plugins,
 * logging, and the keys that only this product has. Data only.
 *
 * @module
 */
import { mcpKeys } from './mcp-keys.ts';
import {
  type KeySpec,
  amount,
  any,
  bool,
  either,
  httpUrl,
  ids,
  key,
  knownKey,
  list,
  mapOf,
  matching,
  oneOf,
  secret,
  strings,
  text,
  whole,
} from './key-spec.ts';

const DURATION = either(
  matching(/^[1-9][0-9]*(?:ms|s|m|h|d|w)$/u, 'a duration such as 24h'),
  whole(0),
);
const LEVEL = oneOf(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']);

const models: readonly KeySpec[] = [
  key(
    'models.mode',
    oneOf(['merge', 'replace']),
    'Whether the providers below add to or replace the built-in list.',
    { default: 'merge' },
  ),
  key('models.providers', mapOf(), 'Model servers, by name.'),
  key(
    'models.providers.*.baseUrl',
    httpUrl,
    'Where the server is. The only place its models are asked.',
  ),
  key('models.providers.*.apiKey', secret, 'Its key.'),
  key(
    'models.providers.*.api',
    oneOf(['openai-completions', 'openai-responses', 'anthropic-messages']),
    'The format it speaks.',
  ),
  key('models.providers.*.headers', mapOf(), 'More request headers. Treated as secrets.'),
  key('models.providers.*.headers.*', secret, 'Value of this header.'),
  key('models.providers.*.models', list, 'The models it has.'),
  key('models.providers.*.models[].id', text, 'Id the server knows it by.'),
  key('models.providers.*.models[].name', text, 'Name for people.'),
  key('models.providers.*.models[].contextWindow', whole(1), 'Tokens it can read.'),
  key('models.providers.*.models[].maxTokens', whole(1), 'Tokens it can write.'),
  key('models.providers.*.models[].cost.input', amount(0), 'Price of a million tokens it reads.'),
  key(
    'models.providers.*.models[].cost.output',
    amount(0),
    'Price of a million tokens it writes. `costPerDay` counts with it.',
  ),
  key(
    'models.providers.*.models[].cost.cacheRead',
    amount(0),
    'Price of a million tokens read from its cache. Default: as `input`.',
  ),
  key(
    'models.providers.*.models[].cost.cacheWrite',
    amount(0),
    'Price of a million tokens written to its cache. Default: as `input`.',
  ),
  key('models.providers.*.models[].*', any, 'More about the model.', { status: 'known' }),
  key('models.providers.*.*', any, 'More about the server.', { status: 'known' }),
];

const secrets: readonly KeySpec[] = [
  key('secrets.providers', mapOf(), 'Where SecretRefs are looked up, by name.'),
  key('secrets.providers.*.source', oneOf(['env', 'file', 'exec', 'store']), 'Kind of place.'),
  key('secrets.providers.*.allowlist', strings, 'For `env`: the only variables that may be read.'),
  key(
    'secrets.providers.*.path',
    text,
    'For `file`: the file. Nobody else may be able to write it.',
  ),
  key(
    'secrets.providers.*.mode',
    oneOf(['json', 'singleValue']),
    'For `file`: JSON with pointers as ids, or the whole file.',
    { default: 'json' },
  ),
  key(
    'secrets.providers.*.command',
    text,
    'For `exec`: absolute path of the program. Run without a shell.',
  ),
  key('secrets.providers.*.args', strings, 'For `exec`: its arguments.'),
  key('secrets.providers.*.env', mapOf(), 'For `exec`: its variables.'),
  key('secrets.providers.*.env.*', text, 'Value of this variable.'),
  key('secrets.providers.*.passEnv', strings, 'For `exec`: variables to hand on.'),
  key('secrets.providers.*.timeoutMs', whole(1, 60_000), 'For `exec`: how long it may take.', {
    default: 5000,
  }),
  key(
    'secrets.providers.*.maxOutputBytes',
    whole(1, 1_048_576),
    'For `exec`: how much it may write.',
    { default: 65_536 },
  ),
  key(
    'secrets.providers.*.jsonOnly',
    bool,
    'For `exec`: `false` takes plain output as the secret.',
    { default: true },
  ),
  key(
    'secrets.providers.*.allowSymlinkCommand',
    bool,
    'For `exec`: allow the program to be a symbolic link.',
    { default: false },
  ),
  key('env.vars', mapOf(), 'Variables for `${NAME}`. Never override those of the process.'),
  key('env.vars.*', text, 'Value of this variable.'),
  key(
    'env.shellEnv.enabled',
    bool,
    'Never read: a shell start-up file must not configure the gateway.',
    { status: 'known' },
  ),
];

const automation: readonly KeySpec[] = [
  key('hooks.enabled', bool, 'Accept webhooks.', { default: false }),
  key('hooks.token', secret, 'What callers must present. Required when enabled.'),
  key('hooks.tokenFile', text, 'File with the token; read at every call.'),
  key(
    'hooks.path',
    matching(/^\/[A-Za-z0-9._~/-]+$/u, 'a path below "/"'),
    'Where they are accepted.',
    { default: '/hooks' },
  ),
  key('hooks.tools', strings, 'Tools their turns may use. Unset: none.'),
  key('hooks.defaultSessionKey', text, 'Session of a hook that names none. Unset: one of its own.'),
  key('hooks.allowRequestSessionKey', bool, 'Let callers choose the session.', { default: false }),
  key('hooks.allowedSessionKeyPrefixes', strings, 'Prefixes such a session key must have.'),
  key('hooks.allowedAgentIds', strings, 'Agents that hooks may reach. Unset: any. Empty: none.'),
  key('hooks.mappings', list, 'Webhooks of senders that know nothing of this gateway.'),
  key('hooks.mappings[].match.path', text, 'Its path below `hooks.path`.'),
  key('hooks.mappings[].match.source', text, 'What `source` of the payload must say.'),
  key('hooks.mappings[].name', text, 'What it is called. Default: its path.'),
  key(
    'hooks.mappings[].action',
    oneOf(['wake', 'agent']),
    'A text in the main session, or a turn.',
    {
      default: 'agent',
    },
  ),
  key('hooks.mappings[].agentId', text, 'For which agent. Default: the default agent.'),
  key(
    'hooks.mappings[].sessionKey',
    text,
    'In which session. `hook:mail:{{from}}`: one for each sender. Default: one of its own.',
  ),
  key(
    'hooks.mappings[].idempotencyKey',
    text,
    'Made of the payload: of two calls with the same one, the second comes to nothing.',
  ),
  key(
    'hooks.mappings[].ignoreIf',
    strings,
    'Paths of the payload: a call where one of them is set and not false comes to nothing.',
  ),
  key('hooks.mappings[].instructions', text, 'What to do with what is delivered, in your words.'),
  key(
    'hooks.mappings[].messageTemplate',
    text,
    'Text made of the payload: `{{commits[0].message}}`.',
  ),
  key('hooks.mappings[].textTemplate', text, 'The same for `wake`.'),
  key('hooks.mappings[].deliver', bool, 'Send the answer. An approver is asked each time.', {
    default: false,
  }),
  key(
    'hooks.mappings[].channel',
    text,
    'Channel of the receiver. Default: where the owner last wrote.',
  ),
  key('hooks.mappings[].to', text, 'Receiver on that channel.'),
  key('hooks.mappings[].tools', strings, 'Tools of this one, instead of `hooks.tools`.'),
  key(
    'hooks.mappings[].signature.preset',
    oneOf(['github', 'stripe', 'slack']),
    'A sender whose way to sign is known.',
  ),
  key('hooks.mappings[].signature.secret', secret, 'What the sender signs with.'),
  key('hooks.mappings[].signature.secretFile', text, 'File with it; read at every call.'),
  key('hooks.mappings[].signature.header', text, 'Header of the signature, an HMAC over the body.'),
  key('hooks.mappings[].signature.algorithm', oneOf(['sha256', 'sha512']), 'Its hash.', {
    default: 'sha256',
  }),
  key('hooks.mappings[].signature.format', oneOf(['hex', 'base64']), 'How it is written.', {
    default: 'hex',
  }),
  key('hooks.mappings[].signature.prefix', text, 'What stands before it: `sha256=`.'),
  key(
    'hooks.mappings[].signature.timestampHeader',
    text,
    'Header of the time in seconds, signed as `<seconds>.<body>`; five minutes old at most.',
  ),
  key('hooks.mappings[].allowUnsafeExternalContent', bool, 'A body is always untrusted here.', {
    status: 'known',
  }),
  key('hooks.mappings[].transform', any, 'Refused: no code is loaded for a webhook.', {
    status: 'known',
  }),
  ...['model', 'thinking', 'timeoutSeconds', 'fallbacks'].map((name) =>
    knownKey(`hooks.mappings[].${name}`),
  ),
  key('hooks.mappings[].wakeMode', text, 'There are no heartbeats to wait for.', {
    status: 'known',
  }),
  key('hooks.mappings[].id', text, 'The path names it.', { status: 'known' }),
  key('hooks.presets', strings, 'Senders known to OpenClaw.', { status: 'known' }),
  key('hooks.gmail', any, 'Gmail watches.', { status: 'known' }),
  key('hooks.internal', any, 'Hooks inside the gateway.', { status: 'known' }),
  key('cron.enabled', bool, 'Run scheduled jobs.', { default: true }),
  key('cron.triggers.enabled', bool, 'Run jobs on events.', { status: 'known' }),
  key('cron.webhookToken', secret, 'Presented to webhooks that jobs call.', { status: 'known' }),
  key('cron.sessionRetention', DURATION, 'How long sessions of jobs are kept.', { default: '24h' }),
];

const operation: readonly KeySpec[] = [
  key('logging.level', LEVEL, 'Least severity that reaches the log file.', { default: 'info' }),
  key('logging.consoleLevel', LEVEL, 'Least severity that reaches the terminal.', {
    default: 'warn',
  }),
  key('logging.consoleStyle', oneOf(['pretty', 'compact', 'json']), 'How terminal lines look.', {
    default: 'pretty',
  }),
  key('logging.file', text, 'Log file. Default: under the state directory.'),
  key('logging.maxFileBytes', whole(1024), 'Size at which the log file is turned over.', {
    default: 104_857_600,
  }),
  key('logging.maxFiles', whole(0, 100), 'Older log files that are kept.', { default: 5 }),
  key('logging.redactPatterns', strings, 'More patterns to hide. Known secrets are always hidden.'),
  key('diagnostics.otel.enabled', bool, 'Send traces to an OpenTelemetry collector.', {
    default: false,
  }),
  key('diagnostics.otel.traces', bool, 'Send them at all.', { default: true }),
  key(
    'diagnostics.otel.endpoint',
    httpUrl,
    'Base address of the collector: https, or this machine.',
    {
      default: 'http://127.0.0.1:4318',
    },
  ),
  key(
    'diagnostics.otel.tracesEndpoint',
    httpUrl,
    'Address for traces. Default: `/v1/traces` there.',
  ),
  key('diagnostics.otel.headers', mapOf(), 'Headers of each request to the collector.'),
  key('diagnostics.otel.headers.*', secret, 'Value of this header.'),
  key('diagnostics.otel.serviceName', text, 'Name of this gateway there.', {
    default: 'portcullis',
  }),
  key('diagnostics.otel.sampleRate', amount(0, 1), 'Share of the traces that is kept.', {
    default: 1,
  }),
  key('diagnostics.otel.flushIntervalMs', whole(100, 600_000), 'Longest wait before sending.', {
    default: 5000,
  }),
  key('logging.audit', { kind: 'object' }, 'The audit journal. Always on.'),
  key(
    'logging.audit.retentionDays',
    whole(1, 36_500),
    'Accepted and inert: no line of the journal is ever removed, or its chain would end.',
    { status: 'known' },
  ),
  key(
    'discovery.mdns.mode',
    oneOf(['off', 'minimal', 'full']),
    'Tell the local network where the gateway is. `minimal` names its port and certificate only; `OPENCLAW_DISABLE_BONJOUR=1` keeps it quiet.',
    { default: 'off' },
  ),
  key('plugins.enabled', bool, 'Load plugins of others at all.', { default: true }),
  key('plugins.allow', strings, 'Plugins of others to load, by id. Unset or empty: none.'),
  key('plugins.deny', strings, 'Plugins of others never to load.'),
  key('plugins.load.paths', strings, 'Folders of plugins that are being written, one each.'),
  key('plugins.entries', mapOf(), 'Settings, by plugin.'),
  key('plugins.entries.*.enabled', bool, 'Load this plugin, where it is allowed.', {
    default: true,
  }),
  key(
    'plugins.entries.*.integrity',
    matching(/^sha512-[A-Za-z0-9+/]{86}==$/u, 'the hash that "openclaw plugins enable" writes'),
    'The files that were agreed to. Others are not loaded.',
  ),
  key('plugins.entries.*.config', any, 'Its own settings.'),
  key('plugins.entries.*.env', mapOf(), 'Its variables. Treated as secrets.'),
  key('plugins.entries.*.env.*', secret, 'Value of this variable.'),
  key('plugins.entries.*.apiKey', secret, 'Its key.'),
  key('plugins.entries.*.hooks.allowPromptInjection', bool, 'Let it write into prompts.', {
    status: 'known',
  }),
  key('plugins.entries.*.hooks.allowConversationAccess', bool, 'Let it read conversations.', {
    status: 'known',
  }),
  key('security.audit.suppressions', list, 'Audit findings not to show.'),
  key('security.audit.suppressions[].checkId', text, 'Id of the check.'),
  key('security.audit.suppressions[].titleIncludes', text, 'Only where the title contains this.'),
  key('security.audit.suppressions[].detailIncludes', text, 'Only where the detail contains this.'),
  key('security.audit.suppressions[].reason', text, 'Why it is hidden.'),
  key('commands.text', bool, 'Understand commands written as text.', { default: true }),
  key('commands.native', either(bool, oneOf(['auto'])), "Register the networks' own commands."),
  key('commands.nativeSkills', either(bool, oneOf(['auto'])), 'Register skills as commands.'),
  key('commands.ownerAllowFrom', ids, 'The owners: `<channel>:<id>`.'),
  key('commands.allowFrom', mapOf(), 'Who may use commands, by channel.'),
  key('commands.allowFrom.*', ids, 'Senders on this channel.'),
  key('commands.useAccessGroups', bool, 'Older form of the rule above.', { status: 'known' }),
  key('accessGroups', mapOf(), 'Named groups of senders, written `accessGroup:<name>` in lists.'),
  key('accessGroups.*.type', text, 'Kind of group: `message.senders`.'),
  key('accessGroups.*.members', mapOf(), 'Members, by channel; `*` for any channel.'),
  key('accessGroups.*.members.*', ids, 'Members on this channel.'),
  key('messages.groupChat.mentionPatterns', strings, 'Patterns that count as a mention in rooms.'),
  key(
    'messages.groupChat.historyLimit',
    whole(0, 1000),
    'Earlier room messages shown to the agent.',
    { status: 'known' },
  ),
  ...mcpKeys,
];

function budgetKeys(scope: string, who: string): readonly KeySpec[] {
  const at = `budgets.${scope}`;
  return [
    key(`${at}.tokensPerDay`, whole(0), `Model tokens a day, read and written, ${who}.`),
    key(
      `${at}.costPerDay`,
      amount(0),
      `Model cost a day ${who}, in the currency of the price list.`,
    ),
    key(`${at}.toolCallsPerHour`, whole(0), `Tool calls an hour ${who}.`),
    key(`${at}.messagesPerHour`, whole(0), `Outbound messages an hour ${who}.`),
    key(`${at}.messagesPerDay`, whole(0), `Outbound messages a day ${who}.`),
  ];
}

const own: readonly KeySpec[] = [
  key('$schema', text, 'Where an editor finds the schema of this file.'),
  key('meta', any, 'Notes of the program that last wrote the file.'),
  key(
    'flow.mode',
    oneOf(['enforce', 'warn', 'off']),
    'What to do where untrusted content could carry private data away.',
    { default: 'enforce' },
  ),
  key('flow.audience', mapOf(), 'Who may see which class of private data beside the owner.'),
  key('flow.audience.*', strings, 'Peers: `<channel>:<id>`.'),
  ...budgetKeys('sender', 'for one sender'),
  ...budgetKeys('channel', 'for one channel'),
  ...budgetKeys('agent', 'for one agent'),
  ...budgetKeys('global', 'for the gateway'),
  key('store.kind', oneOf(['sqlite', 'postgres']), 'Where state is kept.', { default: 'sqlite' }),
  key('store.url', secret, 'Connection of the PostgreSQL store.'),
  key(
    'store.schema',
    matching(/^[a-z_][a-z0-9_]{0,62}$/u, 'a plain lower-case name'),
    'Schema of the PostgreSQL store.',
  ),
  key('store.poolSize', whole(1, 1000), 'Connections of the PostgreSQL store.'),
  key(
    'pairing.maxPending',
    whole(1, 10),
    'Pairing requests waiting at one time, by channel account.',
    { default: 3 },
  ),
  key(
    'execApprovals.approvers',
    ids,
    'Who may answer every approval question, beside the owners: `<channel>:<id>`.',
  ),
];

/** Rows for the remaining sections. */
export const serviceKeys: readonly KeySpec[] = [
  ...models,
  ...secrets,
  ...automation,
  ...operation,
  ...own,
];
