/** Wordings of the checks of what strangers reach, and who shares what. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const exposureWordings: Readonly<Record<string, Wording>> = {
  'security.exposure.open_groups_with_elevated': {
    title: 'Strangers meet elevated commands',
    harm: 'Anybody in such a room may talk the agent into a command outside the sandbox.',
    remedy:
      'openclaw config set tools.elevated.enabled false, or close the room: groupPolicy allowlist',
  },
  'security.exposure.open_groups_with_runtime_or_fs': {
    title: 'Strangers meet commands or files',
    harm: 'Anybody who is let in may talk the agent into running programs or reading files.',
    remedy: 'openclaw config set tools.profile messaging, or close the room: groupPolicy allowlist',
  },
  'security.exposure.open_groups_with_control_plane_tools': {
    title: 'Strangers meet the tools that steer the gateway',
    harm: "Whoever is let in may talk the agent into jobs that run later. Only the rule that these tools are the owner's stands between.",
    remedy: `openclaw config set tools.deny '["group:automation"]'`,
  },
  'security.exposure.open_channels_with_exec': {
    title: 'Strangers meet commands',
    harm: 'Anybody who is let in may talk the agent into running a program.',
    remedy: 'openclaw config set tools.exec.security deny',
  },
  'portcullis.exposure.rooms_by_mention': {
    title: 'Anybody in a room may wake the agent',
    harm: 'Whoever adds the bot to a room, and everybody there, can talk to it.',
    remedy: 'Name the rooms instead of "*"',
  },
  'security.trust_model.multi_user_heuristic': {
    title: 'More than one person may talk to the agent',
    harm: 'Whoever talks to it steers it. One gateway is meant for people who trust each other; others need one of their own.',
    remedy: 'Read docs/threat-model.md, and give strangers an agent without tools',
  },
  'security.trust_model.group_scope_main': {
    title: 'Rooms share the main session',
    harm: 'What is said in one room, or to you alone, is known in the other.',
    remedy: 'openclaw config set session.groupScope per-group',
  },
  'security.trust_model.cross_agent_session_access_default': {
    title: 'Agents see the sessions of all others',
    harm: 'Somebody who talks one agent into it reads what was said to another.',
    remedy: 'openclaw config set tools.sessions.visibility tree',
  },
  'config.agent_roster.invalid_default_count': {
    title: 'It is not clear which agent is the default',
    harm: 'Messages that no binding routes are answered by nobody.',
    remedy: 'Set default: true for exactly one agent',
  },
};
