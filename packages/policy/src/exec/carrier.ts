/**
 * Carriers: programs that run other programs, load code or write files by way of their arguments.
 * No list satisfies them, because the name in the list is not what acts.
 *
 * @module
 */
import { hasRiskyOption, type RiskyOptions } from './option.ts';

/** Programs that are carriers whatever their arguments are. */
const ALWAYS = new Set(
  [
    'sudo doas su runuser pkexec setpriv chroot unshare nsenter setsid systemd-run script watch',
    'xargs parallel strace ltrace gdb ssh eval source . command builtin exec alias trap bwrap',
    'firejail proot proxychains proxychains4 unbuffer flock',
    'npm pnpm yarn npx bunx uvx pipx corepack docker podman nerdctl kubectl',
    'su-exec gosu ionice taskset chrt numactl setarch fakeroot faketime start-stop-daemon',
    'dbus-run-session xvfb-run catchsegv valgrind rlwrap torsocks tsocks entr expect tmux screen',
    'at batch crontab',
    'pwsh pwsh.exe powershell powershell.exe cmd cmd.exe wsl wsl.exe wine',
  ].flatMap((line) => line.split(' ')),
);

/** Programs that are a whole toolbox behind one name; only by the name as written. */
const TOOLBOXES = new Set(['busybox', 'toybox']);

const COPY_OVER_SSH: RiskyOptions = { letters: 'oFSD', valued: 'cilPJXBbRs' };
const COMPILER: RiskyOptions = {
  prefixes: ['-B', '-fplugin', '-wrapper', '-specs', '--specs', '-fpass-plugin', '@'],
  words: ['-load', '-Xclang'],
};
const SCRIPT_RUNTIME: RiskyOptions = {
  letters: 'r',
  long: ['require', 'import', 'loader', 'experimental-loader', 'preload'],
};

/** Programs that become carriers by an option. */
const BY_OPTION: Readonly<Record<string, RiskyOptions>> = {
  find: {
    words: ['-exec', '-execdir', '-ok', '-okdir', '-delete', '-fls'],
    prefixes: ['-fprint'],
  },
  git: {
    letters: 'c',
    valued: 'CmFSuG',
    long: [
      'exec-path',
      'config-env',
      'exec',
      'upload-pack',
      'receive-pack',
      'extcmd',
      'open-files-in-pager',
    ],
    words: ['filter-branch', 'bisect', 'foreach'],
  },
  tar: {
    letters: 'IF',
    long: [
      'to-command',
      'checkpoint-action',
      'use-compress-program',
      'rsh-command',
      'info-script',
      'new-volume-script',
    ],
  },
  rg: { long: ['pre', 'pre-glob', 'hostname-bin'] },
  sort: {
    letters: 'To',
    valued: 'ktS',
    long: ['compress-program', 'temporary-directory', 'output'],
  },
  man: { letters: 'PH', long: ['pager', 'html'] },
  rsync: { letters: 'e', valued: 'fBMT', long: ['rsh', 'rsync-path'] },
  zip: { letters: 'T', long: ['test', 'unzip-command'] },
  curl: {
    letters: 'oOKx',
    valued: 'AbcCdDeEFhHmPQrtTuUwXyYz',
    long: ['config', 'proxy', 'preproxy', 'remote-name', 'remote-name-all'],
    prefixes: ['--output', '--outp', '--out'],
  },
  wget: {
    letters: 'oOKxe',
    valued: 'aiBtTwQPUlARDIXY',
    long: ['output-document', 'output-file', 'config', 'execute', 'use-askpass'],
    prefixes: ['--output'],
  },
  scp: COPY_OVER_SSH,
  sftp: COPY_OVER_SSH,
  node: SCRIPT_RUNTIME,
  nodejs: SCRIPT_RUNTIME,
  bun: { ...SCRIPT_RUNTIME, subcommands: ['x', 'create'] },
  deno: { ...SCRIPT_RUNTIME, subcommands: ['task'], prefixes: ['npm:', 'jsr:', 'http:', 'https:'] },
};

const COMPILER_NAME = /^(?:[a-z0-9_]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+(?:\.\d+)*)?$/;
const GNU_ALIASES: Readonly<Record<string, string>> = {
  gfind: 'find',
  gtar: 'tar',
  bsdtar: 'tar',
  gsort: 'sort',
};

function riskyOptions(name: string): RiskyOptions | undefined {
  const plain = Object.hasOwn(GNU_ALIASES, name) ? (GNU_ALIASES[name] ?? name) : name;
  if (Object.hasOwn(BY_OPTION, plain)) return BY_OPTION[plain];
  return COMPILER_NAME.test(name) ? COMPILER : undefined;
}

/** `tar xIf prog` needs no dash: the first word of tar is a cluster. */
function spelledOut(name: string, args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  const bundled = name.endsWith('tar') && first !== undefined && /^[A-Za-z]+$/.test(first);
  return bundled ? [`-${first}`, ...rest] : args;
}

/**
 * True when the program may run, load or write something that its name does not tell.
 *
 * @param names the names it goes by, the one as written first
 * @param args its arguments
 * @param overrides names of environment variables set for this command
 */
export function isCarrier(
  names: readonly string[],
  args: readonly string[],
  overrides: readonly string[],
): boolean {
  if (TOOLBOXES.has(names[0] ?? '')) return true;
  return names.some((name) => {
    if (ALWAYS.has(name)) return true;
    if (name === 'less') return overrides.some((each) => /^LESS(?:OPEN|CLOSE)$/i.test(each));
    const risky = riskyOptions(name);
    return risky !== undefined && hasRiskyOption(spelledOut(name, args), risky);
  });
}
