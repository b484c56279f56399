/**
 * The codes of routing and sessions, each with its one sentence.
 *
 * @module
 */
import { type Verdicts, verdictsFrom } from '../verdict.ts';

/** Code to sentence, for agent routing, session keys and session tools. */
export const sessionReasons = {
  'route.peer': 'A binding names exactly this conversation.',
  'route.peer.parent': 'A binding names the conversation this thread belongs to.',
  'route.peer.wildcard': 'A binding names every conversation of this kind.',
  'route.guild_roles': 'A binding names a role the sender holds.',
  'route.guild': 'A binding names this server.',
  'route.team': 'A binding names this workspace.',
  'route.account': 'A binding names this account.',
  'route.channel': 'A binding names this channel.',
  'route.default': 'No binding matches, so the default agent answers.',
  'route.agent.unknown': 'The binding that matches names an agent that is not configured.',
  'route.agent.ambiguous': 'No binding matches and no agent is the default.',
  'session.main': 'The conversation belongs to the main session of the agent.',
  'session.per_peer': 'Each person has a session of his own.',
  'session.per_channel_peer': 'Each person has a session per channel.',
  'session.per_account_channel_peer': 'Each person has a session per channel account.',
  'session.group': 'Each room has a session of its own.',
  'session.cron': 'Each run of a scheduled job has a session of its own.',
  'session.hook': 'Each hook has a session of its own.',
  'session.subagent': 'Each sub-agent has a session of its own.',
  'session.distinct': 'Both keys could be made and were compared.',
  'session.peer.missing': 'The conversation has no stable id to make a session key from.',
  'session.visible': 'The session may be read from here.',
  'session.not_visible': 'The session may not be read from here.',
  'session.agent_to_agent.disabled': 'Agents may not reach the sessions of each other here.',
} as const;

/** A code of this area. */
export type SessionCode = keyof typeof sessionReasons;

/** Decisions of this area. */
export const verdict: Verdicts<SessionCode> = verdictsFrom(sessionReasons);
