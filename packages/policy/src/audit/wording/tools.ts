/** Wordings of the checks of how far tools reach. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const toolsWordings: Readonly<Record<string, Wording>> = {
  'tools.elevated.allowFrom.<p>.wildcard': {
    title: 'Anybody may leave the sandbox',
    harm: 'Every sender on the channel may have commands run on the machine itself.',
    remedy: 'List senders in tools.elevated.allowFrom',
  },
  'tools.elevated.allowFrom.<p>.large': {
    title: 'Many people may leave the sandbox',
    harm: 'Nobody keeps track of so many; one taken over account is enough.',
    remedy: 'Shorten the list',
  },
  'tools.exec.host_sandbox_no_sandbox_defaults': {
    title: 'Commands are meant for a sandbox that is off',
    harm: 'They are refused, or run where nobody meant them to.',
    remedy: 'openclaw config set agents.defaults.sandbox.mode all',
  },
  'tools.exec.host_sandbox_no_sandbox_agents': {
    title: 'Commands of an agent are meant for a sandbox that is off',
    harm: 'They are refused, or run where nobody meant them to.',
    remedy: 'Set sandbox.mode all for the agent',
  },
  'tools.exec.security_full_configured': {
    title: 'Any command may run',
    harm: 'A message the agent believes is enough to run anything on this machine.',
    remedy: 'openclaw config set <key> allowlist',
  },
  'tools.exec.fs_tools_disabled_but_exec_enabled': {
    title: 'Commands do what the file tools may not',
    harm: 'A command writes files just as well.',
    remedy: 'Deny group:runtime too, or sandbox the agent',
  },
  'tools.profile_minimal_overridden': {
    title: 'An agent has more than the minimal profile',
    harm: 'The narrow profile of the config does not hold for it.',
    remedy: 'openclaw config unset <key>',
  },
  'tools.exec.safe_bins_interpreter_unprofiled': {
    title: 'A safe program runs what it is told',
    harm: 'Program text in its arguments runs without anybody being asked.',
    remedy: 'Remove it from tools.exec.safeBins, or profile it in safeBinProfiles',
  },
  'tools.exec.safe_bins_broad_behavior': {
    title: 'A safe program does more than filter',
    harm: 'It reads files and the environment, and some start programs.',
    remedy: 'Remove it from tools.exec.safeBins',
  },
  'tools.exec.safe_bin_trusted_dirs_risky': {
    title: 'Safe programs are looked for where others write',
    harm: 'Whoever puts a program there has it run without anybody being asked.',
    remedy: 'Name system folders only: /bin and /usr/bin',
  },
  'tools.exec.auto_allow_skills_enabled': {
    title: 'Programs of skills run unasked',
    harm: 'Whoever changes a skill has his program run.',
    remedy: 'Set autoAllowSkills to false in exec-approvals.json',
  },
  'tools.exec.allowlist_interpreter_without_strict_inline_eval': {
    title: 'Program text runs unasked',
    harm: 'What the agent was told to compute may be anything.',
    remedy: 'openclaw config set tools.exec.strictInlineEval true',
  },
  'mcp.apps.enabled': {
    title: 'Tool servers may show pages',
    harm: 'A page of theirs is seen as yours.',
    remedy: 'openclaw config set mcp.apps.enabled false',
  },
};
