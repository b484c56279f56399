/**
 * What changes of everything else open: sessions, webhooks, jobs, plugins, servers of tools,
 * secrets, budgets. Data only.
 *
 * @module
 */
import {
  amount,
  asked,
  credential,
  entries,
  flag,
  list,
  plain,
  pointer,
  unknown,
  words,
} from './order.ts';
import { type Rule, below, rule } from './rule.ts';
import { PROGRAM } from './tool-rules.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;
const CODE = 'it loads code into the gateway';

/** A rule for what only somebody at this machine may set. */
function local(path: string, order: Rule['order'], says: string, why: string = PROGRAM): Rule {
  return { ...rule(path, order, says), local: why };
}

const sessions: readonly Rule[] = [
  rule(
    'session.scope',
    words([['per-sender'], ['global']], 'per-sender'),
    'people share a session',
  ),
  rule(
    'session.dmScope',
    words([['per-account-channel-peer'], ['per-channel-peer'], ['per-peer'], ['main']], 'main'),
    'more people share a session and see what was said in it',
  ),
  rule(
    'session.groupScope',
    words([['per-group'], ['main']], 'per-group'),
    'rooms share a session and see what was said in it',
  ),
  rule('session.identityLinks.*', list('more'), 'they share what either said'),
  rule('session.mainKey', plain),
  local(
    'agents.list',
    entries,
    'agents are set up differently',
    'it may hold what names a program; agents.entries may be set from anywhere',
  ),
  rule('bindings', entries, 'messages go to another agent or session'),
  rule('flow.mode', words([['enforce'], ['warn'], ['off']], 'enforce'), 'private data may leave'),
  rule('flow.audience.*', list('more'), 'they see private data'),
  rule('commands.text', plain),
  rule('commands.native', plain),
  rule('commands.nativeSkills', plain),
  rule('commands.ownerAllowFrom', list('more'), 'they own the gateway'),
  rule('commands.allowFrom.*', asked),
  rule('commands.useAccessGroups', plain),
  rule('accessGroups.*.type', asked),
  rule('accessGroups.*.members.*', list('more'), 'they are let in wherever the group is'),
  rule('messages.groupChat.mentionPatterns', list('more'), 'more messages in rooms are answered'),
  rule('messages.groupChat.historyLimit', plain),
  rule('pairing.maxPending', amount('more', 3), 'more strangers may ask at one time'),
  rule('execApprovals.approvers', list('more'), 'they may answer every approval question'),
];

const hooks: readonly Rule[] = below('hooks', [
  rule('enabled', flag(true, false), 'webhooks are accepted'),
  rule('token', credential, 'whoever has the secret that counts then may call'),
  rule('tokenFile', credential, 'whoever has the secret that counts then may call'),
  rule('path', plain),
  rule('tools', list('more'), 'turns of webhooks may use these tools'),
  rule('defaultSessionKey', pointer, 'webhooks write into another session'),
  rule('allowRequestSessionKey', flag(true, false), 'callers choose the session'),
  rule('allowedSessionKeyPrefixes', list('more', 'all'), 'callers reach more sessions'),
  rule('allowedAgentIds', list('more', 'all'), 'callers reach more agents'),
  rule('mappings', entries, 'webhooks of these senders are accepted'),
  rule('presets', list('more'), 'webhooks of these senders are accepted'),
  rule('gmail.**', unknown, 'mail is watched'),
  local('transformsDir', pointer, 'code is loaded from there', CODE),
  local('internal.**', unknown, 'code is loaded into the gateway', CODE),
]);

const automation: readonly Rule[] = [
  rule('cron.enabled', flag(true, true), 'scheduled jobs run'),
  rule('cron.triggers.enabled', flag(true, false), 'jobs run on events'),
  rule('cron.webhookToken', plain),
  rule('cron.sessionRetention', plain),
  local('plugins.**', pointer, 'other code is loaded into the gateway', CODE),
  local('skills.load.**', unknown, 'skills are loaded from elsewhere', CODE),
  local('skills.install.**', unknown, 'skills are installed differently', CODE),
  local('nodeHost.mcp.**', unknown, 'other programs are started'),
  local('acp.runtime.**', unknown, 'other programs are started'),
  local('update.**', unknown, 'other code is installed', CODE),
];

const servers: readonly Rule[] = [
  rule('mcp.sessionIdleTtlMs', plain),
  ...below('mcp.servers.*', [
    ...['command', 'args', 'env.**', 'cwd', 'workingDirectory'].map((name) =>
      local(name, pointer, 'another program serves tools'),
    ),
    local('sandbox', flag(false, true), 'the program runs outside the sandbox'),
    rule('enabled', flag(true, true), 'its tools are there'),
    rule('url', pointer, 'another server serves tools, and sees what is asked of them'),
    rule('headers.**', plain),
    rule('transport', plain),
    rule('type', plain),
    rule('timeout', plain),
    rule('connectTimeout', plain),
    rule('connectionTimeoutMs', plain),
    rule('auth', plain),
    rule('sslVerify', flag(false, true), 'certificates would not be checked'),
    rule('toolFilter.include', list('more', 'all'), 'more of its tools are there'),
    rule('toolFilter.exclude', list('less'), 'more of its tools are there'),
    rule('trusted', flag(true, false), 'what it says is trusted'),
    rule('private', pointer, 'its answers are for others too'),
    rule('tools.*.effect', pointer, 'its tool counts as less dangerous'),
    rule('tools.*.identities', pointer, 'whom its tool reaches is told differently'),
  ]),
  rule('models.mode', plain),
  ...below('models.providers.*', [
    rule('baseUrl', pointer, 'conversations go to another server'),
    rule('apiKey', plain),
    rule('api', plain),
    rule('headers.**', plain),
    rule('models', plain),
  ]),
];

const secrets: readonly Rule[] = [
  local(
    'secrets.providers.**',
    pointer,
    'secrets are read from elsewhere',
    'it names a program or a file that secrets are read from',
  ),
  local(
    'env.vars.*',
    pointer,
    'what reads this variable behaves differently',
    'variables steer the programs that are started',
  ),
  local(
    'env.shellEnv.**',
    unknown,
    'variables come from a shell',
    'variables steer the programs that are started',
  ),
];

const operation: readonly Rule[] = [
  rule('logging.level', plain),
  rule('logging.consoleLevel', plain),
  rule('logging.consoleStyle', plain),
  rule('logging.maxFileBytes', plain),
  rule('logging.maxFiles', plain),
  local('logging.file', pointer, 'another file is written', 'it names a file that is written to'),
  rule('logging.redactPatterns', list('less'), 'less is hidden in the log'),
  rule('logging.audit.retentionDays', amount('less', NO_LIMIT), 'the record is kept for less long'),
  ...below('diagnostics.otel', [
    rule('enabled', flag(true, false), 'what the gateway does when is told to a collector'),
    rule('traces', flag(true, true), 'what the gateway does when is told to a collector'),
    rule('endpoint', pointer, 'another collector is told what the gateway does when'),
    rule('tracesEndpoint', pointer, 'another collector is told what the gateway does when'),
    rule('headers.*', plain),
    rule('serviceName', plain),
    rule('sampleRate', plain),
    rule('flushIntervalMs', plain),
  ]),
  rule(
    'discovery.mdns.mode',
    words([['off'], ['minimal'], ['full']], 'off'),
    'the network is told',
  ),
  rule('security.audit.suppressions', entries, 'findings of the audit are not shown'),
  rule('store.kind', pointer, 'state is kept elsewhere'),
  rule('store.url', pointer, 'state is kept elsewhere'),
  rule('store.schema', pointer, 'state is kept elsewhere'),
  rule('store.poolSize', plain),
  ...['tokensPerDay', 'costPerDay', 'toolCallsPerHour', 'messagesPerHour', 'messagesPerDay'].map(
    (meter) => rule(`budgets.*.${meter}`, amount('more', NO_LIMIT), 'more may be spent'),
  ),
  rule('$schema', plain),
  rule('meta.**', plain),
  rule('ui.**', plain),
  rule('wizard.**', plain),
];

/** What a gateway elsewhere may do here. Only whoever is at this machine says so. */
const nodeHost: readonly Rule[] = below('nodeHost.exec', [
  rule(
    'security',
    words([['deny'], ['allowlist'], ['full']], 'allowlist'),
    'a gateway elsewhere may run more commands here',
  ),
  rule(
    'ask',
    words([['always'], ['off'], ['on-miss']], 'off'),
    'an approval at the gateway lets more commands run here',
  ),
  rule('allowlist', entries, 'a gateway elsewhere may run these commands here'),
  rule('strictInlineEval', flag(false, true), 'inline code runs where its interpreter is allowed'),
  rule('safeBins', list('more'), 'a gateway elsewhere may run these commands here'),
  rule('workspace', pointer, 'commands of a gateway elsewhere run in another folder'),
  rule('sandbox', words([['all'], ['off']], 'off'), 'commands run here without a sandbox'),
  rule('timeoutSeconds', plain),
]).map((each) => ({ ...each, local: PROGRAM }));

/** The remaining sections. */
export const serviceRules: readonly Rule[] = [
  ...sessions,
  ...hooks,
  ...automation,
  ...servers,
  ...secrets,
  ...operation,
  ...nodeHost,
];
