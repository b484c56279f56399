// File access: what is inside, what only looks inside, and what is never touched.
import { describe, expect, test } from 'vitest';
import { decideFile, decidePatch, type FileFacts, type FileInput } from '../src/files/index.ts';

const facts: FileFacts = {
  workspaceReal: '/ws',
  real: '/ws/a.txt',
  parentReal: '/ws',
  leafExists: true,
  leafIsSymlink: false,
  type: 'file',
  nlink: 1,
};
const input = (changes: Partial<FileInput>, seen: Partial<FileFacts> = {}): FileInput => ({
  op: 'read',
  path: 'a.txt',
  home: '/home/u',
  workspace: '/ws',
  stateDir: '/home/u/.openclaw',
  facts: { ...facts, ...seen },
  ...changes,
});
const ask = (changes: Partial<FileInput>, seen: Partial<FileFacts> = {}, config: unknown = {}) =>
  decideFile(config, input(changes, seen)).code;
const OPEN = { tools: { fs: { workspaceOnly: false } } };

describe('paths', () => {
  test.each([
    ['a\u0007b', 'fs.path.invalid'],
    ['a\nb', 'fs.path.invalid'],
    ['\ud800', 'fs.path.invalid'],
    ['a'.repeat(4097), 'fs.path.invalid'],
    ['ü'.repeat(2049), 'fs.path.invalid'],
    ['~/a.txt', 'fs.outside_workspace'],
    ['~', 'fs.outside_workspace'],
    ['x/../../ws-evil/a', 'fs.outside_workspace'],
    ['/ws/./x//../a.txt', 'fs.workspace'],
    ['/WS/a.txt', 'fs.outside_workspace'],
  ])('%j', (path, code) => {
    expect(ask({ path })).toBe(code);
  });

  test('case does not matter where the file system ignores it', () => {
    expect(ask({ path: '/WS/a.txt' }, { caseInsensitive: true, real: '/Ws/a.txt' })).toBe(
      'fs.workspace',
    );
  });

  test('the workspace itself may be a link', () => {
    const linked = { workspaceReal: '/data/ws', real: '/data/ws/a.txt', parentReal: '/data/ws' };
    expect(ask({}, linked)).toBe('fs.workspace');
    expect(ask({ path: '/data/ws/a.txt' }, linked)).toBe('fs.workspace');
  });

  test('what cannot be resolved is refused', () => {
    expect(ask({}, { real: null, parentReal: null })).toBe('fs.path.unresolved');
    expect(ask({ op: 'list' }, { real: null, parentReal: '/etc' })).toBe('fs.symlink_escape');
    expect(ask({}, { real: 'ws/a.txt' })).toBe('config.invalid');
  });
});

describe('the gateway’s own files', () => {
  const state = '/home/u/.openclaw';
  test('are protected in every spelling', () => {
    const real = '/home/u/.OpenClaw/openclaw.json';
    expect(ask({ path: real }, { real }, OPEN)).toBe('fs.protected_state');
  });

  test('are protected behind a link on either side', () => {
    const linked = { stateDirReal: '/data/oc', real: '/data/oc/x' };
    expect(ask({ path: '/srv/link' }, linked, OPEN)).toBe('fs.protected_state');
    expect(ask({ path: `${state}/x` }, { real: '/data/oc/x' }, OPEN)).toBe('fs.protected_state');
  });

  test('the workspace inside the state directory stays usable', () => {
    const workspace = `${state}/workspace`;
    const inside = { workspaceReal: workspace, parentReal: workspace, real: `${workspace}/a.txt` };
    expect(ask({ workspace }, inside)).toBe('fs.workspace');
    const beside = { ...inside, real: `${state}/workspace-2/a.txt` };
    expect(ask({ workspace, path: `${state}/workspace-2/a.txt` }, beside, OPEN)).toBe(
      'fs.protected_state',
    );
  });

  test('a workspace that contains them does not open them', () => {
    const home = { workspaceReal: '/home/u', parentReal: '/home/u', real: `${state}/a.txt` };
    expect(ask({ workspace: '/home/u', path: '.openclaw/a.txt' }, home)).toBe('fs.protected_state');
    const same = { workspaceReal: state, parentReal: state, real: `${state}/a.txt` };
    expect(ask({ workspace: state }, same)).toBe('fs.protected_state');
  });

  test('are not swept away with a directory above them', () => {
    const above = { real: '/home/u', type: 'dir' } as const;
    expect(ask({ op: 'delete', path: '/home/u' }, above, OPEN)).toBe('fs.protected_state');
    expect(ask({ op: 'list', path: '/home/u' }, above, OPEN)).toBe('fs.allowed');
  });

  test('more paths can be named', () => {
    const real = '/etc/portcullis.json';
    const changes = { path: real, protectedPaths: [real] };
    expect(ask(changes, { real }, OPEN)).toBe('fs.protected_state');
  });
});

describe('kinds of files', () => {
  test.each([
    [{ path: '/dev/sda' }, { real: '/dev/sda', type: 'device' as const }, 'fs.special_fs'],
    [{ path: '/proc/self/cwd/x' }, { real: '/srv/x' }, 'fs.special_fs'],
    [{ path: '/srv/s' }, { real: '/srv/s', type: 'socket' as const }, 'fs.special_file'],
    [{ path: '/srv/h' }, { real: '/srv/h', nlink: 2 }, 'fs.allowed'],
    [
      { path: '/srv/h', op: 'edit' as const, workspaceAccess: 'none' as const },
      { real: '/srv/h' },
      'fs.readonly',
    ],
  ])('%j outside', (changes, seen, code) => {
    expect(ask(changes, seen, OPEN)).toBe(code);
  });

  test('facts that are missing are not guessed', () => {
    const { nlink: _links, ...without } = facts;
    expect(decideFile({}, { ...input({}), facts: without }).code).toBe('config.invalid');
    const { type: _type, ...untyped } = facts;
    expect(decideFile({}, { ...input({}), facts: untyped }).code).toBe('config.invalid');
  });

  test('the setting of the agent goes before the global one', () => {
    const config = {
      tools: { fs: { workspaceOnly: false } },
      agents: { entries: { a: { tools: { fs: { workspaceOnly: true } } } } },
    };
    const outside = { path: '/srv/x', agentId: 'a' };
    expect(ask(outside, { real: '/srv/x' }, config)).toBe('fs.outside_workspace');
    expect(ask({ ...outside, agentId: 'constructor' }, { real: '/srv/x' }, config)).toBe(
      'fs.allowed',
    );
  });
});

describe('after opening', () => {
  const seen = { dev: 1, ino: 10 };
  test.each([
    [{ dev: 1, ino: 10, real: '/ws/a.txt' }, 'fs.workspace'],
    [{ dev: 1, ino: 10, real: '/ws/b.txt' }, 'fs.toctou'],
    [{ dev: 2, ino: 10, real: '/ws/a.txt' }, 'fs.toctou'],
  ])('%j', (opened, code) => {
    expect(ask({ opened }, seen)).toBe(code);
  });

  test('a file without an identity cannot be recognised', () => {
    expect(ask({ opened: { dev: 1, ino: 10, real: '/ws/a.txt' } })).toBe('fs.toctou');
  });

  test('a new file is where it was allowed', () => {
    const fresh = { real: null, leafExists: false };
    const at = (real: string) => ask({ op: 'write', opened: { dev: 1, ino: 11, real } }, fresh);
    expect(at('/ws/a.txt')).toBe('fs.workspace');
    expect(at('/etc/a.txt')).toBe('fs.toctou');
  });
});

describe('patches', () => {
  test('one refusal refuses all', () => {
    const files = [input({ op: 'edit' }), input({ path: '/etc/passwd' }), input({ path: '' })];
    expect(decidePatch({}, { files }).code).toBe('fs.outside_workspace');
  });

  test('a patch without files is nothing', () => {
    expect(decidePatch({}, { files: [] }).code).toBe('config.invalid');
  });
});
