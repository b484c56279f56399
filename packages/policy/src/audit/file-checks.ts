/**
 * Files and folders: who else on this machine can read or change what the gateway trusts.
 *
 * @module
 */
import type { FileFact } from './facts.ts';
import { type Finding, type Severity, finding } from './finding.ts';
import { type AuditSubject, type Check } from './subject.ts';

const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
const OTHERS_READ = 0o004;
const GROUP_READ = 0o040;

function octal({ mode }: FileFact): string {
  return (mode & 0o777).toString(8).padStart(3, '0');
}

function about(
  file: FileFact,
  right: '600' | '700',
): { what: string; path: string; remedy: string } {
  return {
    what: `${file.path} has mode ${octal(file)}`,
    path: file.path,
    remedy: `chmod ${right} ${file.path}`,
  };
}

function isWritable({ mode }: FileFact): boolean {
  return (mode & (GROUP_WRITE | OTHERS_WRITE)) !== 0;
}

function isReadable({ mode }: FileFact): boolean {
  return (mode & (GROUP_READ | OTHERS_READ)) !== 0;
}

function stateDir(file: FileFact): readonly Finding[] {
  const found: Finding[] = [];
  if (file.isSymlink) {
    const what = `${file.path} is a link: whoever can change it chooses the state`;
    found.push(finding('fs.state_dir.symlink', 'warn', { what, path: file.path }));
  }
  const [id, severity]: readonly [string, Severity] | readonly [undefined, 'warn'] =
    (file.mode & OTHERS_WRITE) !== 0
      ? ['fs.state_dir.perms_world_writable', 'critical']
      : (file.mode & GROUP_WRITE) !== 0
        ? ['fs.state_dir.perms_group_writable', 'warn']
        : isReadable(file)
          ? ['fs.state_dir.perms_readable', 'warn']
          : [undefined, 'warn'];
  if (id !== undefined) found.push(finding(id, severity, about(file, '700')));
  return found;
}

function config(file: FileFact): readonly Finding[] {
  const found: Finding[] = [];
  if (file.isSymlink) {
    const what = `${file.path} is a link: whoever can change it chooses the config`;
    found.push(finding('fs.config.symlink', 'warn', { what, path: file.path }));
  }
  if (isWritable(file)) {
    found.push(finding('fs.config.perms_writable', 'critical', about(file, '600')));
  } else if (!file.isSymlink && (file.mode & OTHERS_READ) !== 0) {
    found.push(finding('fs.config.perms_world_readable', 'critical', about(file, '600')));
  } else if (!file.isSymlink && (file.mode & GROUP_READ) !== 0) {
    found.push(finding('fs.config.perms_group_readable', 'warn', about(file, '600')));
  }
  return found;
}

function include(file: FileFact): readonly Finding[] {
  if (isWritable(file)) {
    return [finding('fs.config_include.perms_writable', 'critical', about(file, '600'))];
  }
  if ((file.mode & OTHERS_READ) !== 0) {
    return [finding('fs.config_include.perms_world_readable', 'critical', about(file, '600'))];
  }
  return (file.mode & GROUP_READ) === 0
    ? []
    : [finding('fs.config_include.perms_group_readable', 'warn', about(file, '600'))];
}

function both(check: string, right: '600' | '700'): (file: FileFact) => readonly Finding[] {
  return (file) => {
    if (isWritable(file))
      return [finding(`${check}.perms_writable`, 'critical', about(file, right))];
    return isReadable(file) ? [finding(`${check}.perms_readable`, 'warn', about(file, right))] : [];
  };
}

function readable(check: string): (file: FileFact) => readonly Finding[] {
  return (file) =>
    isReadable(file) || isWritable(file)
      ? [finding(`${check}.perms_readable`, 'warn', about(file, '600'))]
      : [];
}

const CHECKS: Readonly<Record<FileFact['role'], (file: FileFact) => readonly Finding[]>> = {
  state_dir: stateDir,
  config,
  include,
  credentials_dir: both('fs.credentials_dir', '700'),
  credential: both('portcullis.fs.credential', '600'),
  auth_profiles: both('fs.auth_profiles', '600'),
  sessions_store: readable('fs.sessions_store'),
  log: readable('fs.log_file'),
  state: both('portcullis.fs.state', '600'),
};

function permissions({ facts }: AuditSubject): readonly Finding[] {
  return (facts.files ?? []).flatMap((file) => CHECKS[file.role](file));
}

const SYNCED = /icloud|dropbox|google ?drive|onedrive/i;

function synced({ facts }: AuditSubject): readonly Finding[] {
  const path = [facts.stateDir, facts.configPath].find(
    (each) => each !== undefined && SYNCED.test(each),
  );
  if (path === undefined) return [];
  const what = `${path} lies in a folder that is copied to a service`;
  return [finding('fs.synced_dir', 'warn', { what, path })];
}

/** Who else can read or change what the gateway trusts. */
export const fileChecks: readonly Check[] = [permissions, synced];
