/**
 * What kind of program a name stands for: a shell, a wrapper that runs another program, an
 * interpreter. Names are compared without their directory.
 *
 * @module
 */
import { normalisePath } from '../files/path.ts';
import { own } from '../setting.ts';

/** Where an executable was found. */
export interface Executable {
  /** As found on the search path. */
  readonly path: string;
  /** Free of links. Default `path`. */
  readonly realPath?: string;
  /** Hex SHA-256 of the file, where durable trust is bound to it. */
  readonly sha256?: string;
}

/** Executables by the word that names them. */
export type Which = Readonly<Record<string, Executable>>;

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash']);
const WRAPPERS = new Set(['env', 'nice', 'nohup', 'stdbuf', 'timeout', 'time']);

/** Directories that only an administrator fills. */
const SYSTEM_DIRECTORIES = new Set([
  '/bin',
  '/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
]);

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The directory of an absolute path. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

/** True for a shell's name. */
export function isShellName(name: string): boolean {
  return SHELLS.has(name);
}

/** True for the name of a program that runs its operands and changes nothing about them. */
export function isWrapperName(name: string): boolean {
  return WRAPPERS.has(name);
}

function absolutePath(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('/') ? normalisePath(value) : undefined;
}

/** The path an executable is trusted by: free of links where that is known. */
export function trustPath(which: unknown, word: string): string | undefined {
  const fact = own(which, word);
  const real = own(fact, 'realPath');
  return real === undefined ? absolutePath(own(fact, 'path')) : absolutePath(real);
}

/** The names a program goes by: as written, and as what it leads to. */
export function programNames(which: unknown, word: string): readonly string[] {
  const path = trustPath(which, word);
  return path === undefined ? [baseName(word)] : [baseName(word), baseName(path)];
}

/**
 * True unless the word is known to lead out of the system's directories. A wrapper or shell is not
 * matched against any list, so one that somebody else may have put there is not looked through.
 */
export function isSystemProgram(which: unknown, word: string): boolean {
  const path = absolutePath(own(own(which, word), 'path'));
  const real = trustPath(which, word);
  if (path === undefined && real === undefined) return own(which, word) === undefined;
  return [path, real].some(
    (each) => each !== undefined && SYSTEM_DIRECTORIES.has(directoryOf(each)),
  );
}
