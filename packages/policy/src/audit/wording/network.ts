/** Wordings of the checks of what is reached beside the page. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const networkWordings: Readonly<Record<string, Wording>> = {
  'gateway.http.no_auth': {
    title: 'HTTP requests have no secret to show',
    harm: 'Endpoints over HTTP cannot tell you from anybody else, and refuse everybody.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'gateway.http.session_key_override_enabled': {
    title: 'Programs may write into sessions they name',
    harm: 'A program with the token reads and steers any session it may name.',
    remedy: '',
  },
  'gateway.tools_invoke_http.dangerous_allow': {
    title: 'Dangerous tools can be called over HTTP',
    harm: 'Whoever has the token runs them without a conversation around them.',
    remedy: 'openclaw config unset gateway.tools.allow',
  },
  'gateway.nodes.allow_commands_dangerous': {
    title: 'Other machines may be asked for dangerous things',
    harm: 'An agent that was talked into it looks through a camera, reads messages or runs programs there.',
    remedy: 'openclaw config unset gateway.nodes.commands.allow',
  },
  'gateway.nodes.deny_commands_ineffective': {
    title: 'Some denied commands do not exist',
    harm: 'What was meant to be denied is not: names count exactly, patterns do not.',
    remedy: 'Write exact names into gateway.nodes.commands.deny',
  },
  'discovery.mdns_full_mode': {
    title: 'The local network is told about this machine',
    harm: 'Everybody near learns where its files are, and which version to attack.',
    remedy: 'openclaw config set discovery.mdns.mode minimal',
  },
};
