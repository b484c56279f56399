/**
 * What changes of the tools, the browser and the sandbox open. Data only.
 *
 * @module
 */
import { amount, asked, flag, list, plain, pointer, words } from './order.ts';
import { type Rule, below, rule } from './rule.ts';

/** Why what names a program is set at the machine only. */
export const PROGRAM = 'it names a program that is started, or how';

const SECURITY = words([['deny'], ['allowlist'], ['full']], 'deny');

function selection(): readonly Rule[] {
  return [
    rule('allow', list('more', 'all'), 'more tools are offered'),
    rule('alsoAllow', list('more'), 'more tools are offered'),
    rule('deny', list('less'), 'tools that were refused may be offered'),
  ];
}

const profiled: readonly Rule[] = [rule('profile', asked), ...selection()];

/** Tools of a room, and of a sender in it. */
export const roomTools: readonly Rule[] = [
  ...below('tools', profiled),
  ...below('toolsBySender.*', profiled),
];

const exec: readonly Rule[] = [
  rule(
    'host',
    words([['sandbox'], ['auto'], ['node', 'gateway']], 'auto'),
    'commands run outside the sandbox',
  ),
  rule(
    'mode',
    words([['deny'], ['allowlist', 'ask'], ['auto'], ['full']], 'deny'),
    'more commands run, or run unasked',
  ),
  rule('security', SECURITY, 'more commands may run'),
  rule(
    'ask',
    words([['always'], ['on-miss'], ['off']], 'always'),
    'commands run without a person being asked',
  ),
  rule('askFallback', SECURITY, 'commands run when nobody can be asked'),
  rule('strictInlineEval', flag(false, true), 'inline code runs where its interpreter is allowed'),
  rule('safeBins', list('more'), 'these commands run unasked'),
  rule('safeBinTrustedDirs', list('more'), 'commands from these directories count as harmless'),
  rule('safeBinProfiles.**', pointer, 'other arguments count as harmless'),
  rule('node', pointer, 'commands run on another node'),
  {
    ...rule('pathPrepend', list('more'), 'programs are looked for there first'),
    local: PROGRAM,
  },
  rule('timeoutSeconds', plain),
  rule('backgroundMs', plain),
  rule('notifyOnExit', plain),
  rule('applyPatch.enabled', flag(true, true), 'files can be patched'),
  rule('applyPatch.workspaceOnly', flag(false, true), 'files outside the workspace can be patched'),
  rule('applyPatch.allowModels', plain),
];

const ssrf: readonly Rule[] = [
  rule('dangerouslyAllowPrivateNetwork', flag(true, false), 'private addresses can be reached'),
  rule('allowPrivateNetwork', flag(true, false), 'private addresses can be reached'),
  rule('allowRfc2544BenchmarkRange', flag(true, false), '198.18.0.0/15 can be reached'),
  rule('allowIpv6UniqueLocalRange', flag(true, false), 'fc00::/7 can be reached'),
  rule('allowedHostnames', list('more'), 'these hosts may have private addresses'),
  rule('hostnameAllowlist', list('more', 'all'), 'more hosts can be reached'),
  rule('blockedHostnames', list('less'), 'these hosts can be reached'),
];

const web: readonly Rule[] = [
  rule('search.enabled', flag(true, true), 'the web can be searched'),
  rule('search.provider', pointer, 'searches go to another service'),
  rule('search.apiKey', plain),
  rule('search.baseUrl', pointer, 'searches go to another server'),
  rule('search.maxResults', plain),
  rule('search.timeoutSeconds', plain),
  rule('fetch.enabled', flag(true, true), 'pages can be fetched'),
  rule('fetch.maxRedirects', plain),
  rule('fetch.maxChars', plain),
  rule('fetch.timeoutSeconds', plain),
  ...below('fetch.ssrfPolicy', ssrf),
];

/** What stands below `tools`, of the gateway and of an agent. */
export const toolRules: readonly Rule[] = [
  ...profiled,
  ...below('byProvider.*', profiled),
  ...below('toolsBySender.*', profiled),
  rule('fs.workspaceOnly', flag(false, true), 'files outside the workspace can be reached'),
  ...below('exec', exec),
  rule('elevated.enabled', flag(true, false), 'commands can be run outside the sandbox'),
  rule('elevated.allowFrom.*', list('more'), 'they may run commands outside the sandbox'),
  ...below('web', web),
  ...below('sandbox.tools', selection()),
  ...below('subagents.tools', selection()),
  rule(
    'sessions.visibility',
    words([['self'], ['tree'], ['agent'], ['all']], 'tree'),
    'the agent sees more sessions',
  ),
  rule('agentToAgent.enabled', flag(true, false), 'agents write to each other'),
  rule('agentToAgent.allow', list('more'), 'these agents write to each other'),
];

const browserProgram: readonly Rule[] = [
  { ...rule('executablePath', pointer, 'another browser is started'), local: PROGRAM },
  { ...rule('extraArgs', list('more'), 'the browser is started differently'), local: PROGRAM },
  rule('cdpUrl', pointer, 'another browser is driven'),
  rule('attachOnly', flag(false, false), 'a browser may be started'),
  rule('headless', plain),
];

/** What stands at the top beside the scopes of agents: limits of calls, and the browser. */
export const browserRules: readonly Rule[] = [
  rule('tools.loopDetection.enabled', flag(false, true), 'calls may go in circles'),
  rule('tools.timeoutSeconds', plain),
  rule('tools.timeouts.*', plain),
  ...below('browser', [
    ...browserProgram,
    rule('enabled', flag(true, true), 'the browser is offered'),
    rule('allowNonOwner', flag(true, false), 'others than the owner act in the browser'),
    rule('defaultProfile', pointer, 'another browser profile is used, with its logins'),
    rule('evaluateEnabled', flag(true, true), 'scripts are run in pages'),
    { ...rule('noSandbox', flag(true, false), 'the browser has no sandbox'), local: PROGRAM },
    rule(
      'allowSystemProfileImport',
      flag(true, true),
      'logins of the system browser are taken over',
    ),
    rule('maxRedirects', plain),
    rule('extensionRelay.allowLegacyAuth', plain),
    ...below('ssrfPolicy', ssrf),
    ...below('profiles.*', [
      ...browserProgram,
      rule('cdpPort', pointer, 'another browser is driven'),
      rule('driver', pointer, 'the browser is driven in another way'),
      rule('userDataDir', pointer, 'another browser profile is used, with its logins'),
    ]),
  ]),
];

/** What stands in `agents.defaults` and in every agent. */
export const agentRules: readonly Rule[] = [
  rule('workspace', pointer, 'the agent works on the files of another directory'),
  rule('model', plain),
  rule('model.primary', plain),
  rule('model.fallbacks', plain),
  rule('imageModel', plain),
  rule('imageModel.primary', plain),
  rule('imageModel.fallbacks', plain),
  rule('skills', plain),
  rule('timeoutSeconds', plain),
  rule('maxConcurrent', plain),
  rule('subagents.maxSpawnDepth', amount('more', 1), 'sub-agents may make sub-agents'),
  rule('subagents.maxConcurrent', amount('more', 8), 'more sub-agents work at one time'),
  ...below('sandbox', [
    rule(
      'mode',
      words([['all', 'enabled'], ['non-main'], ['off']], 'off'),
      'commands run outside the sandbox',
    ),
    rule('scope', words([['session'], ['agent'], ['shared']], 'agent'), 'sandboxes are shared'),
    rule(
      'workspaceAccess',
      words([['none'], ['ro'], ['rw']], 'none'),
      'commands in the sandbox reach the files of the workspace',
    ),
    { ...rule('backend', pointer, 'another program makes the sandbox'), local: PROGRAM },
    rule('network', words([['none'], ['proxy']], 'none'), 'commands in the sandbox reach the web'),
    rule('networkHosts', list('more'), 'commands in the sandbox may tell these hosts anything'),
    rule('networkPorts', list('more'), 'commands in the sandbox reach these ports'),
    { ...rule('docker.**', pointer, 'the sandbox is made differently'), local: PROGRAM },
  ]),
];
