/** Wordings of the checks of the accounts of channels. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const channelsWordings: Readonly<Record<string, Wording>> = {
  'channels.<c>.dm.open': {
    title: 'Anybody may write to the agent',
    harm: 'A stranger who finds the account steers the agent.',
    remedy: 'openclaw config set <key> pairing',
  },
  'channels.<c>.dm.open_invalid': {
    title: 'An open account has no wildcard',
    harm: 'It says open and lets in nobody but those it lists.',
    remedy: 'Choose dmPolicy pairing, or write "*" into allowFrom',
  },
  'channels.<c>.dm.disabled': {
    title: 'Direct messages are switched off',
    harm: '',
    remedy: '',
  },
  'channels.<c>.dm.locked': {
    title: 'Nobody is let in yet',
    harm: '',
    remedy: 'openclaw pairing list',
  },
  'channels.<c>.dm.scope_main_multiuser': {
    title: 'Several people share one session',
    harm: 'Each of them can ask what the others said.',
    remedy: 'openclaw config set session.dmScope per-channel-peer',
  },
  'channels.<c>.allowFrom.dangerous_name_matching_enabled': {
    title: 'Matching by name is asked for',
    harm: 'Names can be taken by anybody; here only ids count, whatever this says.',
    remedy: 'Remove the key and list ids',
  },
  'channels.<c>.allowFrom.mutable_entries_inert': {
    title: 'Some listed senders are names',
    harm: 'Names can be taken by anybody and let nobody in: whoever was meant is shut out.',
    remedy: 'List the ids that openclaw pairing list shows',
  },
  'channels.<c>.groups.open': {
    title: 'Anybody in any room is let in',
    harm: 'Whoever adds the bot to a room, and everybody there, steers the agent.',
    remedy: 'openclaw config set <key> allowlist',
  },
  'channels.telegram.allowFrom.invalid_entries': {
    title: 'Some listed senders are no Telegram ids',
    harm: 'Usernames can be given up and taken by somebody else; they let nobody in.',
    remedy: 'List numeric ids',
  },
  'channels.telegram.groups.allowFrom.wildcard': {
    title: 'Anybody in a listed room counts as listed',
    harm: 'Everybody in it may give commands.',
    remedy: 'List senders in channels.telegram.groupAllowFrom',
  },
  'channels.telegram.groups.allowFrom.missing': {
    title: 'No sender is named for rooms',
    harm: 'Who may give commands in them is not limited by anything you wrote.',
    remedy: 'List senders in channels.telegram.groupAllowFrom',
  },
  'channels.<c>.account.read_only_resolution': {
    title: 'The secret of an account could not be read',
    harm: 'Whether the account works, and as whom, was not looked at.',
    remedy: 'Make the reference available, then: openclaw security audit',
  },
  'channels.discord.allowFrom.name_based_entries': {
    title: 'Some listed people are names',
    harm: 'Names can be given up and taken by somebody else; they let nobody in.',
    remedy: 'List numeric ids',
  },
  'channels.discord.allowlisted_groups.broad_members': {
    title: 'Every member of a listed server is let in',
    harm: 'A server that anybody may join lets anybody in.',
    remedy: 'List users or roles for the server',
  },
};
