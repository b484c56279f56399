/**
 * May this file be read or changed?
 *
 * The caller resolves the path, asks, opens by descriptor, and asks again with what the descriptor
 * shows. Nothing here touches a disk; `facts` say where the path leads.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import {
  asChoice,
  asCount,
  asFlag,
  asList,
  asText,
  asTexts,
  InvalidSetting,
  own,
  setting,
} from '../setting.ts';
import { total } from '../verdict.ts';
import { expandPath, isInside, isPlainPath, normalisePath } from './path.ts';
import { verdict } from './reasons.ts';

/** What is to be done to a file. `edit` and `delete` change it as `write` does. */
export type FileOp = 'read' | 'list' | 'write' | 'edit' | 'delete';

/** Where a path leads, found before the file is opened. */
export interface FileFacts {
  /** The workspace with its own links resolved, once, when the agent started. */
  readonly workspaceReal: string;
  /** The path with every link resolved; null when it leads nowhere. */
  readonly real?: string | null;
  /** The directory of the path with every link resolved. */
  readonly parentReal?: string | null;
  readonly leafExists?: boolean;
  readonly leafIsSymlink?: boolean;
  /** True when resolving went round in circles. */
  readonly loop?: boolean;
  readonly type?: 'file' | 'dir' | 'fifo' | 'socket' | 'device';
  /** How many names the file has. */
  readonly nlink?: number;
  readonly dev?: number | string;
  readonly ino?: number | string;
  /** Whether the file system ignores case. */
  readonly caseInsensitive?: boolean;
  /** The state directory with its links resolved, when it differs. */
  readonly stateDirReal?: string;
}

/** One file operation. */
export interface FileInput {
  readonly op: FileOp;
  /** As the model wrote it. */
  readonly path: string;
  readonly home: string;
  /** The agent's directory as configured. */
  readonly workspace: string;
  /** The gateway's own directory: config, credentials, approvals, sessions. */
  readonly stateDir: string;
  /** More of the gateway's own files: a config elsewhere, its includes, plugins, keys. */
  readonly protectedPaths?: readonly string[];
  /** Default `main`. */
  readonly agentId?: string;
  /** What a sandboxed session may do to the workspace. Default `rw`. */
  readonly workspaceAccess?: 'rw' | 'ro' | 'none';
  readonly facts: FileFacts;
  /** What the opened descriptor shows. */
  readonly opened?: {
    readonly dev: number | string;
    readonly ino: number | string;
    readonly real: string;
  };
}

/** What an allowed operation tells the caller. */
export interface FileValue {
  /** The path to open, free of links. */
  readonly resolved: string;
}

/** A question with its parts read and checked. */
interface Question {
  readonly changes: boolean;
  readonly op: FileOp;
  readonly lexical: string;
  readonly workspace: string;
  readonly stateDir: string;
  readonly only: boolean;
  readonly onlyPath: string;
  readonly fold: boolean;
  readonly facts: unknown;
}

const KERNEL = ['/proc', '/sys', '/dev'];

function absolute(holder: unknown, key: string): string {
  const path = asText(setting(holder, key));
  if (path === undefined || !path.startsWith('/')) throw new InvalidSetting(key);
  return normalisePath(path);
}

/** A path among the facts: absolute and normalised, or undefined when unknown. */
function fact(facts: unknown, key: string): string | undefined {
  const path = own(facts, key);
  if (path === undefined || path === null) return undefined;
  if (typeof path !== 'string' || !path.startsWith('/')) throw new InvalidSetting(`facts.${key}`);
  return normalisePath(path);
}

function workspaceOnly(config: unknown, agentId: string): { only: boolean; path: string } {
  const keys = ['tools', 'fs', 'workspaceOnly'];
  const agent = setting(config, 'agents', 'entries', agentId, ...keys);
  const chosen = agent.value === undefined ? setting(config, ...keys) : agent;
  const only = asFlag(chosen);
  return only === undefined
    ? { only: true, path: `<default>${chosen.path}` }
    : { only, path: chosen.path };
}

function readQuestion(config: unknown, input: FileInput, path: string): Question {
  const op = asChoice(setting(input, 'op'), ['read', 'list', 'write', 'edit', 'delete']);
  if (op === undefined) throw new InvalidSetting('op');
  const agentId = asText(setting(input, 'agentId')) ?? 'main';
  const { only, path: onlyPath } = workspaceOnly(config, agentId);
  const workspace = absolute(input, 'workspace');
  const home = path.startsWith('~') ? absolute(input, 'home') : '/';
  const facts = setting(input, 'facts').value;
  return {
    op,
    changes: op !== 'read' && op !== 'list',
    lexical: expandPath(path, home, workspace),
    workspace,
    stateDir: absolute(input, 'stateDir'),
    only,
    onlyPath,
    fold: asFlag(setting(facts, 'caseInsensitive')) ?? false,
    facts,
  };
}

/** Gates on the path as written and on the links it goes through. */
function refuseRoute(question: Question): Decision | undefined {
  const { lexical, workspace, only, onlyPath, fold, facts, changes } = question;
  const homes = [workspace, fact(facts, 'workspaceReal') ?? workspace];
  if (only && !homes.some((directory) => isInside(lexical, directory, fold))) {
    return verdict.deny('fs.outside_workspace', onlyPath);
  }
  if (asFlag(setting(facts, 'loop')) === true) return verdict.deny('fs.symlink_loop', '<path>');
  const link = asFlag(setting(facts, 'leafIsSymlink')) ?? false;
  const exists = asFlag(setting(facts, 'leafExists')) ?? true;
  if (changes && link && exists && fact(facts, 'real') === undefined) {
    return verdict.deny('fs.symlink_dangling', '<path>');
  }
  return undefined;
}

/** Where the path leads, or undefined when the facts do not say. */
function resolvedPath({ lexical, facts }: Question): string | undefined {
  const real = fact(facts, 'real');
  if (real !== undefined) return real;
  const parent = fact(facts, 'parentReal');
  const leaf = lexical.slice(lexical.lastIndexOf('/') + 1);
  return parent === undefined ? undefined : normalisePath(`${parent}/${leaf}`);
}

/**
 * True when `path` lies in `stateDir` and not in a workspace that is kept there. Case never
 * matters here: a missed spelling would expose the credentials.
 */
function isProtected(path: string, stateDir: string, workspace: string): boolean {
  if (!isInside(path, stateDir, true)) return false;
  const kept = isInside(workspace, stateDir, true) && !isInside(stateDir, workspace, true);
  return !(kept && isInside(path, workspace, true));
}

/** Gates on the gateway's own files, by the path as written and by where it leads. */
function refuseState(
  input: FileInput,
  question: Question,
  resolved: string,
  workspaceReal: string,
): Decision | undefined {
  const { lexical, workspace, stateDir, facts, op } = question;
  const extra = asTexts(setting(input, 'protectedPaths')) ?? [];
  const states = [stateDir, fact(facts, 'stateDirReal') ?? stateDir];
  const touched =
    states.some(
      (state) =>
        isProtected(resolved, state, workspaceReal) || isProtected(lexical, state, workspace),
    ) ||
    extra.some((each) => {
      const path = normalisePath(each);
      return isInside(resolved, path, true) || isInside(lexical, path, true);
    });
  // Removing a directory removes what is in it.
  const swept = op === 'delete' && [...states, ...extra].some((at) => isInside(at, resolved, true));
  return touched || swept ? verdict.deny('fs.protected_state', '<state>') : undefined;
}

/** Gates on what kind of file it is and whether it may change. */
function refuseKind(input: FileInput, question: Question): Decision | undefined {
  const { facts, only, changes, onlyPath } = question;
  const type = asChoice(setting(facts, 'type'), ['file', 'dir', 'fifo', 'socket', 'device']);
  const exists = asFlag(setting(facts, 'leafExists')) ?? true;
  if (type === undefined && exists) throw new InvalidSetting('facts.type');
  if (type === 'fifo' || type === 'socket' || type === 'device') {
    return verdict.deny('fs.special_file', '<path>');
  }
  if (type === 'file' && only) {
    const names = asCount(setting(facts, 'nlink'), 0);
    if (names === undefined && exists) throw new InvalidSetting('facts.nlink');
    if (names !== undefined && names > 1) return verdict.deny('fs.hardlink', onlyPath);
  }
  const access = asChoice(setting(input, 'workspaceAccess'), ['rw', 'ro', 'none']) ?? 'rw';
  return changes && access !== 'rw'
    ? verdict.deny('fs.readonly', 'agents.defaults.sandbox.workspaceAccess')
    : undefined;
}

/** True when the descriptor shows the file that was checked. A new file has no identity to compare yet. */
function isSameFile(input: FileInput, facts: unknown, resolved: string): boolean {
  const opened = setting(input, 'opened');
  if (opened.value === undefined) return true;
  if (own(opened.value, 'real') !== resolved) return false;
  if (own(facts, 'leafExists') === false) return true;
  return ['dev', 'ino'].every((key) => {
    const before = own(facts, key);
    return before !== undefined && before === own(opened.value, key);
  });
}

/**
 * Whether the file may be used. An allow carries `value: FileValue`; after opening, ask again with
 * `opened`.
 */
export function decideFile(config: unknown, input: FileInput): Decision {
  return total(() => {
    const path = setting(input, 'path').value;
    if (!isPlainPath(path)) return verdict.deny('fs.path.invalid', '<path>');
    const question = readQuestion(config, input, path);
    const route = refuseRoute(question);
    if (route !== undefined) return route;
    const { only, onlyPath, fold, facts, lexical } = question;
    const workspaceReal = fact(facts, 'workspaceReal');
    const resolved = resolvedPath(question);
    if (resolved === undefined || workspaceReal === undefined) {
      return verdict.deny('fs.path.unresolved', '<path>');
    }
    const inside = isInside(resolved, workspaceReal, fold);
    if (only && !inside) return verdict.deny('fs.symlink_escape', onlyPath);
    // The path as written counts too: /proc/self/root leads anywhere.
    if (KERNEL.some((root) => isInside(resolved, root, fold) || isInside(lexical, root, fold))) {
      return verdict.deny('fs.special_fs', '<path>');
    }
    const refusal =
      refuseState(input, question, resolved, workspaceReal) ?? refuseKind(input, question);
    if (refusal !== undefined) return refusal;
    if (!isSameFile(input, facts, resolved)) return verdict.deny('fs.toctou', '<path>');
    const value: FileValue = { resolved };
    return verdict.allow(inside ? 'fs.workspace' : 'fs.allowed', onlyPath, { value });
  });
}

/** Every path a patch names, old and new. */
export interface PatchInput {
  readonly files: readonly FileInput[];
}

/** Whether a whole patch may be applied: the first refusal refuses all of it. */
export function decidePatch(config: unknown, input: PatchInput): Decision {
  return total(() => {
    const files = asList(setting(input, 'files')) ?? [];
    const decisions = files.map((file) => decideFile(config, file as FileInput));
    const decided = decisions.find(({ effect }) => effect !== 'allow') ?? decisions.at(-1);
    if (decided === undefined) throw new InvalidSetting('files');
    return decided;
  });
}
