/**
 * A files broker in memory, and the context of a call that has it.
 */
import { createHash } from 'node:crypto';

import {
  type FileEntry,
  type FilesBroker,
  PortcullisError,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '@portcullis/core';

const LARGEST = 10 * 1024 * 1024;

export class MemoryFiles implements FilesBroker {
  readonly contents: Map<string, Uint8Array> = new Map();
  /** What happened, in order. */
  readonly journal: string[] = [];
  /** Runs before a write or removal of the path. */
  readonly before: Map<string, () => void> = new Map();
  /** Whether a tree holds more than it told. */
  more = false;
  /** Paths that are refused. */
  readonly refused: Set<string> = new Set();

  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    this.contents.set(path, bytes);
  }

  text(path: string): string | undefined {
    const bytes = this.contents.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  read: FilesBroker['read'] = async (path, options = {}) => {
    this.journal.push(`read ${path}`);
    this.#check(path);
    const bytes = this.contents.get(path);
    if (bytes === undefined) throw new PortcullisError('files.not_found', 'There is no such file.');
    if (options.offset !== undefined || options.length !== undefined) {
      const start = options.offset ?? 0;
      return { bytes: bytes.slice(start, start + (options.length ?? LARGEST)), size: bytes.length };
    }
    if (bytes.length > (options.maxBytes ?? LARGEST)) {
      throw new PortcullisError('files.too_large', 'The file is too large.');
    }
    return { bytes, size: bytes.length, sha256: sha256(bytes) };
  };

  list: FilesBroker['list'] = async (path, options = {}) => {
    this.journal.push(`list ${path}`);
    const prefix = path === '.' ? '' : `${path}/`;
    const entries = new Map<string, FileEntry>();
    for (const [file, bytes] of this.contents) {
      if (!file.startsWith(prefix)) continue;
      const [name = '', ...rest] = file.slice(prefix.length).split('/');
      const type = rest.length === 0 ? 'file' : 'directory';
      entries.set(name, { name, type, size: bytes.length, modifiedAt: 0 });
    }
    const sorted = [...entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const limit = options.limit ?? 1000;
    return { entries: sorted.slice(0, limit), more: sorted.length > limit };
  };

  tree: FilesBroker['tree'] = async (path, { except = [] } = {}) => {
    this.journal.push(`tree ${path}`);
    const prefix = path === '.' ? '' : `${path}/`;
    const entries = [...this.contents]
      .filter(([file]) => file.startsWith(prefix))
      .map(([file, bytes]) => ({ path: file.slice(prefix.length), size: bytes.length }))
      .filter(
        ({ path: at }) =>
          !at
            .split('/')
            .slice(0, -1)
            .some((part) => except.includes(part)),
      )
      .map((entry) => ({
        ...entry,
        name: entry.path.split('/').at(-1) ?? '',
        type: 'file' as const,
        modifiedAt: 0,
      }));
    return { entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)), more: this.more };
  };

  readMany: FilesBroker['readMany'] = async (paths, options = {}) => {
    this.journal.push(`read ${String(paths.length)} files`);
    const allowed = paths.filter((path) => !this.refused.has(path));
    if (allowed.length === 0) throw new PortcullisError('fs.denied', 'The path is refused.');
    return await Promise.all(
      paths.map(async (path) => {
        try {
          return await this.read(path, options);
        } catch (error) {
          return { refused: PortcullisError.is(error) ? error.code : 'unexpected' };
        }
      }),
    );
  };

  stat: FilesBroker['stat'] = async (path) => {
    const bytes = this.contents.get(path);
    return bytes === undefined
      ? undefined
      : { name: path, type: 'file', size: bytes.length, modifiedAt: 0 };
  };

  write: FilesBroker['write'] = async (path, bytes, { expect } = {}) => {
    this.before.get(path)?.();
    this.#check(path);
    const old = this.contents.get(path);
    const now = old === undefined ? null : sha256(old);
    if (expect !== undefined && expect !== now) {
      throw new PortcullisError('files.changed', 'The file is not the one that was expected.');
    }
    this.journal.push(`write ${path}`);
    this.contents.set(path, bytes);
    return { created: old === undefined };
  };

  remove: FilesBroker['remove'] = async (path) => {
    this.before.get(path)?.();
    this.#check(path);
    if (!this.contents.delete(path)) {
      throw new PortcullisError('files.not_found', 'There is no such file.');
    }
    this.journal.push(`remove ${path}`);
  };

  /** All or none: what is expected of every file is looked at before the first changes. */
  change: FilesBroker['change'] = async (changes) => {
    for (const { path, expect } of changes) {
      this.before.get(path)?.();
      this.#check(path);
      const old = this.contents.get(path);
      if ((old === undefined ? null : sha256(old)) !== expect) {
        throw new PortcullisError('files.changed', 'The file is not the one that was expected.');
      }
    }
    this.journal.push(`change ${changes.map(({ path }) => path).join(' ')}`);
    for (const { path, bytes } of changes) {
      if (bytes === null) this.contents.delete(path);
      else this.contents.set(path, bytes);
    }
  };

  #check(path: string): void {
    if (this.refused.has(path)) throw new PortcullisError('fs.denied', 'The path is refused.');
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Checks the input as the gateway does and runs the tool. */
export async function run<TInput>(
  tool: Tool<TInput>,
  files: FilesBroker | undefined,
  input: unknown,
  signal: AbortSignal = new AbortController().signal,
): Promise<ToolResult> {
  const checked = await tool.input['~standard'].validate(input);
  if (checked.issues !== undefined) {
    throw new PortcullisError(
      'test.input',
      checked.issues.map(({ message }) => message).join('; '),
    );
  }
  const context: ToolContext = {
    signal,
    sessionKey: 'agent:main:main',
    agentId: 'main',
    requester: { id: 'telegram:1', trust: 'owner' } as ToolContext['requester'],
    brokers: files === undefined ? {} : { files },
  };
  return await tool.run(checked.value, context);
}
