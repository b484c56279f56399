/** Wordings of the checks of files and folders. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const filesWordings: Readonly<Record<string, Wording>> = {
  'fs.state_dir.symlink': {
    title: 'The state directory is a link',
    harm: '',
    remedy: '',
  },
  'fs.state_dir.perms_world_writable': {
    title: 'Anybody on this machine may change the state',
    harm: 'Another user replaces the config, the approvals or the pairing lists.',
    remedy: '',
  },
  'fs.state_dir.perms_group_writable': {
    title: 'Your group may change the state',
    harm: 'A member replaces the config, the approvals or the pairing lists.',
    remedy: '',
  },
  'fs.state_dir.perms_readable': {
    title: 'Others may look into the state',
    harm: 'Another user sees what there is, and reads what is not closed by itself.',
    remedy: '',
  },
  'fs.config.symlink': {
    title: 'The config is a link',
    harm: '',
    remedy: '',
  },
  'fs.config.perms_world_readable': {
    title: 'Anybody on this machine may read the config',
    harm: 'Another user reads the token and the keys in it.',
    remedy: '',
  },
  'fs.config.perms_group_readable': {
    title: 'Your group may read the config',
    harm: 'A member reads the token and the keys in it.',
    remedy: '',
  },
  'fs.config.perms_writable': {
    title: 'Others may change the config',
    harm: 'Another user opens the gateway for himself.',
    remedy: '',
  },
  'fs.config_include.perms_writable': {
    title: 'Others may change an included file',
    harm: 'Another user opens the gateway for himself.',
    remedy: '',
  },
  'fs.config_include.perms_world_readable': {
    title: 'Anybody on this machine may read an included file',
    harm: 'Another user reads the secrets in it.',
    remedy: '',
  },
  'fs.config_include.perms_group_readable': {
    title: 'Your group may read an included file',
    harm: 'A member reads the secrets in it.',
    remedy: '',
  },
  'fs.credentials_dir.perms_writable': {
    title: 'Others may change the credentials',
    harm: 'Another user lets himself in, or takes an account over.',
    remedy: '',
  },
  'fs.credentials_dir.perms_readable': {
    title: 'Others may look into the credentials',
    harm: 'Another user copies logins of your accounts.',
    remedy: '',
  },
  'portcullis.fs.credential.perms_writable': {
    title: 'Others may change a credential',
    harm: 'Another user lets himself in, or takes an account over.',
    remedy: '',
  },
  'portcullis.fs.credential.perms_readable': {
    title: 'Others may read a credential',
    harm: 'Another user copies a login of your accounts.',
    remedy: '',
  },
  'fs.auth_profiles.perms_writable': {
    title: 'Others may change model keys',
    harm: 'Another user has your conversations go to his own account.',
    remedy: '',
  },
  'fs.auth_profiles.perms_readable': {
    title: 'Others may read model keys',
    harm: 'Another user spends your money.',
    remedy: '',
  },
  'fs.sessions_store.perms_readable': {
    title: 'Others may read sessions',
    harm: 'Another user reads your conversations.',
    remedy: '',
  },
  'fs.log_file.perms_readable': {
    title: 'Others may read the log',
    harm: 'Another user learns whom you talk to, and when.',
    remedy: '',
  },
  'portcullis.fs.state.perms_writable': {
    title: 'Others may change a file of the state',
    harm: 'Another user changes what the gateway knows.',
    remedy: '',
  },
  'portcullis.fs.state.perms_readable': {
    title: 'Others may read a file of the state',
    harm: 'Another user reads conversations or keys.',
    remedy: '',
  },
  'fs.synced_dir': {
    title: 'The state is copied to a service',
    harm: 'Tokens, keys and conversations lie on machines of somebody else, and old copies come back.',
    remedy: 'Move it: OPENCLAW_STATE_DIR',
  },
};
