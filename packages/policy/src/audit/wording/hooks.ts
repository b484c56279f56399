/** Wordings of the checks of webhooks. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const hooksWordings: Readonly<Record<string, Wording>> = {
  'hooks.token_too_short': {
    title: 'The token of webhooks is short',
    harm: 'Somebody who may try often can guess it and give the agent work.',
    remedy: 'openssl rand -hex 32 | openclaw config set hooks.token --stdin',
  },
  'hooks.token_reuse_gateway_token': {
    title: 'Webhooks use the token of the gateway',
    harm: 'Every service that calls a webhook can control the gateway.',
    remedy: 'openssl rand -hex 32 | openclaw config set hooks.token --stdin',
  },
  'hooks.path_root': {
    title: 'Webhooks are served at the root',
    harm: 'Requests meant for the page or the gateway end up with them.',
    remedy: 'openclaw config set hooks.path /hooks',
  },
  'hooks.default_session_key_unset': {
    title: 'No session is set for webhooks',
    harm: 'Each call opens a session of its own.',
    remedy: 'openclaw config set hooks.defaultSessionKey hook:default',
  },
  'hooks.allowed_agent_ids_unrestricted': {
    title: 'Webhooks reach every agent',
    harm: 'A caller chooses the agent with the most tools.',
    remedy: `openclaw config set hooks.allowedAgentIds '["main"]'`,
  },
  'hooks.request_session_key_enabled': {
    title: 'Callers choose the session',
    harm: 'A caller writes into conversations that are not his.',
    remedy: 'openclaw config set hooks.allowRequestSessionKey false',
  },
  'hooks.request_session_key_prefixes_missing': {
    title: 'Callers choose any session',
    harm: 'A caller writes into any conversation.',
    remedy: `openclaw config set hooks.allowedSessionKeyPrefixes '["hook:"]'`,
  },
  'config.secrets.hooks_token_in_config': {
    title: 'The token of webhooks stands in the config',
    harm: 'Whoever reads the file, or a copy of it, can call.',
    remedy: 'Put it into a file or a variable, and name that: docs/explanation/secrets.md',
  },
};
