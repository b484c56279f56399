/**
 * Files that steer later sessions or later commands: instructions, memory, skills, hooks, scripts
 * that tools run by themselves.
 *
 * @module
 */

const NAMES = new Set([
  'agents.md',
  'soul.md',
  'tools.md',
  'user.md',
  'memory.md',
  'identity.md',
  'heartbeat.md',
  'boot.md',
  'bootstrap.md',
  'claude.md',
  'gemini.md',
  'package.json',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  '.pnpmfile.cjs',
  'makefile',
  'gnumakefile',
  'justfile',
  'setup.py',
  'conftest.py',
  'sitecustomize.py',
  'usercustomize.py',
  '.pre-commit-config.yaml',
  '.envrc',
  '.env',
  '.gitconfig',
  '.gitattributes',
  '.gitmodules',
  '.profile',
  '.login',
  '.inputrc',
]);
const SHELL_RC =
  /^\.(?:bash|zsh|ksh|csh|tcsh)(?:rc|env|_profile|_login|_logout|_aliases)$|^\.(?:zprofile|zlogin|zlogout|cshrc|kshrc)$/;
const FOLDERS = new Set(['memory', 'skills']);
const FOLDERS_ANYWHERE = new Set(['.git', '.githooks', '.husky', '.github']);

/**
 * True for a path (relative to the workspace) that steers what comes later. A path that is not
 * plainly inside the workspace counts too.
 */
export function isPersistentPath(path: unknown): boolean {
  if (typeof path !== 'string' || path === '') return true;
  const parts: string[] = [];
  for (const part of path.normalize('NFC').toLowerCase().split(/[/\\]/)) {
    if (part === '..' && parts.pop() === undefined) return true;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  const [first, name = ''] = [parts[0], parts.at(-1)];
  return (
    /^[/\\~]/.test(path) ||
    first === undefined ||
    FOLDERS.has(first) ||
    parts.some((part) => FOLDERS_ANYWHERE.has(part)) ||
    NAMES.has(name) ||
    SHELL_RC.test(name)
  );
}
