/** Wordings of the checks of the sandbox, and switches that are named after their danger. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const sandboxWordings: Readonly<Record<string, Wording>> = {
  'sandbox.docker_config_mode_off': {
    title: 'A sandbox is described and off',
    harm: 'Commands run on the machine itself.',
    remedy: 'openclaw config set agents.defaults.sandbox.mode all',
  },
  'sandbox.bind_mount_non_absolute': {
    title: 'A mount has no absolute source',
    harm: 'What is mounted depends on where the gateway was started.',
    remedy: 'Write an absolute path',
  },
  'sandbox.dangerous_bind_mount': {
    title: 'A sensitive folder is put into the sandbox',
    harm: 'A command in the sandbox reads keys or changes the system.',
    remedy: 'Remove the mount',
  },
  'sandbox.dangerous_network_mode': {
    title: 'The sandbox shares a network',
    harm: 'A command in it reaches what listens on this machine.',
    remedy: 'openclaw config unset agents.defaults.sandbox.docker.network',
  },
  'sandbox.dangerous_seccomp_profile': {
    title: 'The sandbox may ask the kernel for anything',
    harm: 'A hole in the kernel is a way out.',
    remedy: 'openclaw config unset <key>',
  },
  'sandbox.dangerous_apparmor_profile': {
    title: 'The sandbox has no profile',
    harm: 'A hole in the container is a way out.',
    remedy: 'openclaw config unset <key>',
  },
  'portcullis.sandbox.unavailable': {
    title: 'The sandbox is not there',
    harm: 'Commands are refused until it is.',
    remedy: 'apt-get install bubblewrap, and allow user namespaces',
  },
  'config.insecure_or_dangerous_flags': {
    title: 'A dangerous switch is set',
    harm: 'It takes a protection away that the gateway has otherwise.',
    remedy: 'openclaw config unset <key>, once you know why it was set',
  },
};
