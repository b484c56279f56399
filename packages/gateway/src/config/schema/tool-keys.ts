/**
 * What the agent may do: the keys below `tools`, alike for the whole gateway and for one agent.
 * Data only.
 *
 * @module
 */
import {
  type KeySpec,
  amount,
  any,
  bool,
  ids,
  key,
  mapOf,
  oneOf,
  secret,
  strings,
  text,
  whole,
} from './key-spec.ts';

const PROFILES = oneOf(['minimal', 'messaging', 'coding', 'standard', 'full']);
const SECURITY = oneOf(['deny', 'allowlist', 'full']);

function selection(at: string, what: string): readonly KeySpec[] {
  return [
    key(
      `${at}.allow`,
      strings,
      `Tools to allow ${what}: names, \`group:*\`, globs. Not together with \`alsoAllow\`.`,
    ),
    key(`${at}.alsoAllow`, strings, `Tools to allow ${what} beside what is allowed anyway.`),
    key(`${at}.deny`, strings, `Tools to refuse ${what}. Wins over every allow.`),
  ];
}

function profiled(at: string, what: string): readonly KeySpec[] {
  return [
    key(
      `${at}.profile`,
      PROFILES,
      `Base list of tools ${what}. Where no scope has one, nor an allow list: \`messaging\`.`,
    ),
    ...selection(at, what),
  ];
}

function bySender(at: string): readonly KeySpec[] {
  return [
    key(
      `${at}.toolsBySender`,
      mapOf(),
      'Tools by sender: `channel:<channel>:<id>`, `id:`, `e164:`, `username:`, `name:` or `*`.',
    ),
    ...profiled(`${at}.toolsBySender.*`, 'for this sender'),
  ];
}

/** Rows for the tools of one room: `channels.telegram.groups.*` and the like. */
export function roomToolKeys(at: string): readonly KeySpec[] {
  return [...profiled(`${at}.tools`, 'in this room'), ...bySender(at)];
}

function execKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.host`, oneOf(['auto', 'sandbox', 'gateway', 'node']), 'Where commands run.', {
      default: 'auto',
    }),
    key(
      `${at}.mode`,
      oneOf(['deny', 'allowlist', 'ask', 'auto', 'full']),
      'Short form of `security` and `ask`. Not together with them.',
    ),
    key(`${at}.security`, SECURITY, 'Which commands may run at all.', { default: 'deny' }),
    key(`${at}.ask`, oneOf(['off', 'on-miss', 'always']), 'When a person is asked first.', {
      default: 'always',
    }),
    key(`${at}.askFallback`, SECURITY, 'What holds when nobody can be asked.', { default: 'deny' }),
    key(
      `${at}.strictInlineEval`,
      bool,
      'Ask for inline code even where its interpreter is allowed.',
      { default: true },
    ),
    key(`${at}.safeBins`, strings, 'Commands that are harmless with plain arguments.'),
    key(`${at}.safeBinTrustedDirs`, strings, 'Directories such commands must come from.'),
    key(`${at}.safeBinProfiles`, mapOf(), 'Which arguments are plain, by command.'),
    key(`${at}.safeBinProfiles.*.minPositional`, whole(0, 1000), 'Fewest positional arguments.', {
      default: 0,
    }),
    key(`${at}.safeBinProfiles.*.maxPositional`, whole(0, 1000), 'Most positional arguments.', {
      default: 0,
    }),
    key(`${at}.safeBinProfiles.*.allowedFlags`, strings, 'Flags without a value.'),
    key(`${at}.safeBinProfiles.*.allowedValueFlags`, strings, 'Flags with a value.'),
    key(`${at}.safeBinProfiles.*.deniedFlags`, strings, 'Flags that are never harmless.'),
    key(
      `${at}.node`,
      text,
      'The node for `host: "node"`: its id, or the beginning of it. Names are not enough: a node gives itself its name.',
    ),
    key(
      `${at}.pathPrepend`,
      strings,
      'Directories put before PATH. Absolute, outside the workspace.',
    ),
    key(`${at}.timeoutSeconds`, amount(1, 86_400), 'How long a command may run.', {
      default: 1800,
    }),
    key(`${at}.backgroundMs`, whole(0), 'After how long a command goes to the background.', {
      default: 10_000,
    }),
    key(
      `${at}.notifyOnExit`,
      bool,
      'Never: the end of a command in the background is no message. Look after it with `process`.',
      { status: 'known' },
    ),
    key(`${at}.applyPatch.enabled`, bool, 'Offer `apply_patch`.', { default: true }),
    key(`${at}.applyPatch.workspaceOnly`, bool, 'Patch inside the workspace only.', {
      default: true,
    }),
    key(`${at}.applyPatch.allowModels`, strings, 'Models that may use it. Empty: any.', {
      status: 'known',
    }),
  ];
}

function ssrfKeys(at: string): readonly KeySpec[] {
  return [
    key(`${at}.dangerouslyAllowPrivateNetwork`, bool, 'Reach private addresses too.', {
      default: false,
    }),
    key(`${at}.allowPrivateNetwork`, bool, 'Older spelling of `dangerouslyAllowPrivateNetwork`.', {
      default: false,
    }),
    key(`${at}.allowRfc2544BenchmarkRange`, bool, 'Reach 198.18.0.0/15.', { default: false }),
    key(`${at}.allowIpv6UniqueLocalRange`, bool, 'Reach fc00::/7.', { default: false }),
    key(`${at}.allowedHostnames`, strings, 'Host names exempt from the private address check.'),
    key(
      `${at}.hostnameAllowlist`,
      strings,
      'The only host names that may be reached. `*.` prefix allowed.',
    ),
    key(`${at}.blockedHostnames`, strings, 'Host names that may never be reached.'),
  ];
}

/** Rows for one complete `tools` scope. */
export function toolScopeKeys(at: string): readonly KeySpec[] {
  return [
    ...profiled(at, 'here'),
    key(`${at}.byProvider`, mapOf(), 'Tools by model provider, or `provider/model`.'),
    ...profiled(`${at}.byProvider.*`, 'for this provider'),
    ...bySender(at),
    key(`${at}.fs.workspaceOnly`, bool, 'Keep file tools inside the workspace.', { default: true }),
    ...execKeys(`${at}.exec`),
    key(`${at}.elevated.enabled`, bool, 'Offer commands outside the sandbox.', { default: false }),
    key(`${at}.elevated.allowFrom`, mapOf(), 'Who may use elevated commands, by channel.'),
    key(`${at}.elevated.allowFrom.*`, ids, 'Senders on this channel.'),
    key(`${at}.web.search.enabled`, bool, 'Offer `web_search`. Default: on where a key exists.'),
    key(
      `${at}.web.search.provider`,
      text,
      'Search engine: `brave`, `searxng` or `duckduckgo`. Default: the one there are settings for.',
    ),
    key(`${at}.web.search.apiKey`, secret, 'Key of the search engine. Default: `BRAVE_API_KEY`.'),
    key(`${at}.web.search.baseUrl`, text, 'Address of the SearXNG server.'),
    key(
      `${at}.web.search.maxResults`,
      whole(1),
      'Most results of a search; at most 10 are given.',
      { default: 5 },
    ),
    key(`${at}.web.search.timeoutSeconds`, amount(1), 'How long a search may take; at most 120.', {
      default: 30,
    }),
    key(`${at}.web.search.*`, any, 'More about the search provider.', { status: 'known' }),
    key(`${at}.web.fetch.enabled`, bool, 'Offer `web_fetch`.', { default: true }),
    key(`${at}.web.fetch.maxRedirects`, whole(0, 20), 'Redirects to follow, each decided anew.', {
      default: 3,
    }),
    key(
      `${at}.web.fetch.maxChars`,
      whole(1),
      'Most characters of a page; at most 80,000 are given.',
      {
        default: 30_000,
      },
    ),
    key(
      `${at}.web.fetch.timeoutSeconds`,
      amount(1),
      'How long fetching a page may take; at most 120.',
      {
        default: 30,
      },
    ),
    key(`${at}.web.fetch.*`, any, 'More about fetching.', { status: 'known' }),
    ...ssrfKeys(`${at}.web.fetch.ssrfPolicy`),
    ...selection(`${at}.sandbox.tools`, 'while sandboxed'),
    ...selection(`${at}.subagents.tools`, 'to sub-agents'),
    key(
      `${at}.sessions.visibility`,
      oneOf(['self', 'tree', 'agent', 'all']),
      'Which other sessions the session tools see.',
      { default: 'tree' },
    ),
    key(`${at}.agentToAgent.enabled`, bool, 'Let agents write to each other.', { default: false }),
    key(`${at}.agentToAgent.allow`, strings, 'Agents that may.'),
  ];
}

/** Rows for `tools` and `browser`. */
export const toolKeys: readonly KeySpec[] = [
  ...toolScopeKeys('tools'),
  key('tools.loopDetection.enabled', bool, 'Refuse calls that go in circles, then end the turn.', {
    default: true,
  }),
  key(
    'tools.timeoutSeconds',
    amount(1, 86_400),
    'How long a tool call may take, approvals apart.',
    {
      default: 180,
    },
  ),
  key('tools.timeouts', mapOf(), 'The same for single tools, by name.'),
  key('tools.timeouts.*', amount(1, 86_400), 'How long a call of this tool may take, in seconds.'),
  key('browser.enabled', bool, 'Offer the browser.', { default: true }),
  key(
    'browser.allowNonOwner',
    bool,
    'Offer browser actions beyond reading to others than the owner.',
    { default: false },
  ),
  key('browser.cdpUrl', text, 'A browser to attach to.'),
  key('browser.executablePath', text, 'The browser to start.'),
  key('browser.headless', bool, 'Start it without a window.'),
  key('browser.attachOnly', bool, 'Never start one.'),
  key('browser.defaultProfile', text, 'Profile to use.', { default: 'openclaw' }),
  key('browser.evaluateEnabled', bool, 'Offer script evaluation in pages.', { default: true }),
  key('browser.noSandbox', bool, 'Start the browser without its own sandbox.', { default: false }),
  key('browser.allowSystemProfileImport', bool, 'Import the profile of the system browser.', {
    default: true,
  }),
  key('browser.maxRedirects', whole(0, 20), 'Redirects to follow, each decided anew.', {
    default: 3,
  }),
  ...ssrfKeys('browser.ssrfPolicy'),
  key('browser.profiles', mapOf(), 'Browser profiles.'),
  key('browser.profiles.*.cdpUrl', text, 'A browser to attach to.'),
  key('browser.profiles.*.cdpPort', whole(1, 65_535), 'Port of its debugging protocol.'),
  key(
    'browser.profiles.*.driver',
    oneOf(['openclaw', 'existing-session', 'extension']),
    'How it is driven.',
  ),
  key('browser.profiles.*.attachOnly', bool, 'Never start one.'),
  key('browser.profiles.*.userDataDir', text, 'Its data directory.'),
  key('browser.profiles.*.executablePath', text, 'The browser to start.'),
  key('browser.profiles.*.headless', bool, 'Start it without a window.'),
  key('browser.extensionRelay.allowLegacyAuth', bool, 'Accept the older extension handshake.', {
    default: true,
    status: 'known',
  }),
  key('browser.profiles.*.*', any, 'More about the profile.', { status: 'known' }),
];
