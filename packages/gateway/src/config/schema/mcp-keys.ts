/**
 * Rows of the config schema for servers of tools.
 *
 * @module
 */
import {
  type KeySpec,
  amount,
  any,
  bool,
  httpUrl,
  key,
  mapOf,
  oneOf,
  secret,
  strings,
  text,
  whole,
} from './key-spec.ts';

/** Rows below `mcp`. */
export const mcpKeys: readonly KeySpec[] = [
  key(
    'mcp.sessionIdleTtlMs',
    whole(0, 86_400_000),
    'After how long without a call a server is let go of, in milliseconds; 0 for never.',
    { default: 600_000 },
  ),
  key('mcp.servers', mapOf(), 'MCP servers, by name.'),
  key('mcp.servers.*.enabled', bool, 'Use this server.', { default: true }),
  key(
    'mcp.servers.*.command',
    text,
    'Program to start: a name on the search path of the system, or a whole path.',
  ),
  key('mcp.servers.*.args', strings, 'Its arguments.'),
  key('mcp.servers.*.env', mapOf(), 'Its variables. Treated as secrets.'),
  key('mcp.servers.*.env.*', secret, 'Value of this variable.'),
  key(
    'mcp.servers.*.cwd',
    text,
    'Where it runs: a folder outside every workspace. By default one of its own in the state directory.',
  ),
  key('mcp.servers.*.workingDirectory', text, 'Another name for `cwd`.'),
  key(
    'mcp.servers.*.sandbox',
    bool,
    'Run it in the sandbox, without a network. By default as `agents.defaults.sandbox.mode` says.',
  ),
  key('mcp.servers.*.url', httpUrl, 'Or where it is served. Nothing else is reached for it.'),
  key('mcp.servers.*.headers', mapOf(), 'Request headers. Treated as secrets.'),
  key('mcp.servers.*.headers.*', secret, 'Value of this header.'),
  key(
    'mcp.servers.*.transport',
    oneOf(['stdio', 'streamable-http', 'sse'], ['http']),
    'How it is spoken to; it follows from `command` or `url`. The older `sse` is not offered.',
  ),
  key('mcp.servers.*.type', text, 'Another name for `transport`.'),
  key('mcp.servers.*.timeout', amount(0, 600), 'Longest a call may take, in seconds.', {
    default: 60,
  }),
  key('mcp.servers.*.connectTimeout', amount(0, 600), 'Longest connecting may take, in seconds.', {
    default: 30,
  }),
  key('mcp.servers.*.connectionTimeoutMs', amount(0), 'The same in milliseconds.'),
  key('mcp.servers.*.auth', text, 'OAuth is not offered: a server that needs it is not used.'),
  key(
    'mcp.servers.*.sslVerify',
    bool,
    'Certificates are always checked: a server that has this off is not used.',
  ),
  key(
    'mcp.servers.*.toolFilter.include',
    strings,
    'Only these tools, by the name the server or the agent knows them as; `*` matches any run.',
  ),
  key('mcp.servers.*.toolFilter.exclude', strings, 'Not these tools.'),
  key(
    'mcp.servers.*.trusted',
    bool,
    'You vouch for what it says: its answers count like those of an allowlisted sender.',
    { default: false },
  ),
  key(
    'mcp.servers.*.private',
    bool,
    'Whether its answers are for the owner only. By default those of a program, and of a server that takes headers, are.',
  ),
  key('mcp.servers.*.tools', mapOf(), 'What its tools do, by the name the server knows them as.'),
  key(
    'mcp.servers.*.tools.*.effect',
    oneOf(['read', 'search', 'write', 'message', 'exec', 'control']),
    'What this tool does. One without it counts as one that sends to a stranger.',
  ),
  key(
    'mcp.servers.*.tools.*.identities',
    strings,
    'Arguments of this tool that say whom or what it reaches.',
  ),
  key('mcp.servers.*.*', any, 'More about the server.', { status: 'known' }),
];
