/**
 * Environment variables a command may set on a host. Those that choose what runs are refused
 * before anybody is asked, because an approver cannot see what they do.
 *
 * @module
 */
import { asSection, InvalidSetting, setting } from '../setting.ts';
import type { Analysis } from './analyze.ts';
import { roughWords } from './interpreter.ts';
import { baseName, isShellName } from './program.ts';

const BLOCKED = new Set(
  [
    'PATH BASH_ENV ENV IFS PS4 PROMPT_COMMAND SHELLOPTS BASHOPTS NODE_OPTIONS NODE_PATH PYTHONPATH',
    'PYTHONSTARTUP PYTHONHOME PERL5OPT PERL5LIB RUBYOPT RUBYLIB GIT_SSH GIT_SSH_COMMAND',
    'GIT_EXTERNAL_DIFF GIT_PAGER PAGER EDITOR VISUAL LESSOPEN OPENSSL_CONF GCONV_PATH HOME',
    // Beyond the usual suspects: more ways to name a program, a module or a configuration file.
    'CDPATH SHELL ZDOTDIR INPUTRC LESSCLOSE MANPAGER BROWSER SSH_ASKPASS GIT_ASKPASS GIT_EDITOR',
    'GIT_SEQUENCE_EDITOR GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_DIR GIT_WORK_TREE',
    'PERLLIB PERL5DB PYTHONUSERBASE PYTHONINSPECT PYTHONBREAKPOINT RUBYSHELL LUA_INIT LUA_PATH',
    'LUA_CPATH PHPRC PHP_INI_SCAN_DIR CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS',
    'TAR_OPTIONS WGETRC CURL_HOME RIPGREP_CONFIG_PATH XDG_CONFIG_HOME MAKEFLAGS',
  ].flatMap((line) => line.split(' ')),
);
const BLOCKED_PREFIXES = ['LD_', 'DYLD_', 'BASH_FUNC_', 'GIT_CONFIG', 'NPM_CONFIG_'];

/** What may be set where a shell interprets text. */
const SHELL_SAFE = new Set(['TERM', 'LANG', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR']);

/** Names of the variables a call sets. */
export function overridesOf(input: unknown): readonly string[] {
  const env = asSection(setting(input, 'env')) ?? {};
  return Object.entries(env).map(([name, value]) => {
    if (typeof value !== 'string') throw new InvalidSetting('env');
    return name;
  });
}

/** True for a variable that chooses what runs, and for what is no variable name. */
export function isBlockedVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return (
    !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ||
    BLOCKED.has(upper) ||
    BLOCKED_PREFIXES.some((prefix) => upper.startsWith(prefix))
  );
}

/** True when the command runs a shell with options, as far as that can be seen. */
function usesShell(command: string, analysis: Analysis | undefined): boolean {
  if (analysis !== undefined) return analysis.segments.some(({ shell }) => shell);
  const words = roughWords(command);
  return words.some(
    (word, index) =>
      isShellName(baseName(word)) && words.slice(index + 1).some((each) => each.startsWith('-')),
  );
}

/** True when a variable among `overrides` may not be set for this command. */
export function hasBlockedVariable(
  overrides: readonly string[],
  command: string,
  analysis: Analysis | undefined,
): boolean {
  if (overrides.some(isBlockedVariable)) return true;
  return (
    usesShell(command, analysis) &&
    !overrides.every((name) => SHELL_SAFE.has(name) || name.startsWith('LC_'))
  );
}
