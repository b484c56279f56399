/**
 * The host's own document about commands, `exec-approvals.json` in the state directory: it tightens
 * what the configuration allows, and holds the allow lists.
 *
 * Promises: a document that is malformed, a link, somebody else's or writable by others closes
 * everything, and is never overwritten unseen; one that is written is whole, private and checked.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type HostApprovals, execPolicyOf } from '@portcullis/policy/exec';

import { replaceFile } from '../config/atomic-file.ts';
import { errnoCode } from '../config/text-file.ts';
import { type Kernel, commit } from '../kernel.ts';
import { Sequencer } from '../sequencer.ts';
import type { Caller, ExecPolicy, HostDocumentService, HostDocumentView } from '../services.ts';

/** Most of the document that is read. */
const MOST_BYTES = 1_000_000;
/** What a document that cannot be trusted says. */
const CLOSED: HostApprovals = { defaults: { security: 'deny' } };
/** Keys of the document that hold rules and lists; others, as `socket`, are kept and not shown. */
const SHOWN = ['version', 'defaults', 'agents'] as const;

type HostDocument = HostDocumentView['file'];

/** What is in the file: its text, nothing, or something that cannot be trusted. */
type Found = { readonly text: string } | 'absent' | 'refused';

function pathOf(kernel: Kernel): string {
  return join(kernel.paths.stateDir, 'exec-approvals.json');
}

/** What the document says about commands; undefined where there is none. Never throws. */
export async function hostApprovals(kernel: Kernel): Promise<HostApprovals | undefined> {
  const found = await find(pathOf(kernel));
  if (found === 'absent') return undefined;
  if (found === 'refused') return CLOSED;
  return (parse(found.text) as HostApprovals | undefined) ?? CLOSED;
}

/** Reads and writes the document for operators. */
export class HostDocuments implements HostDocumentService {
  readonly #kernel: Kernel;
  readonly #writes = new Sequencer();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  async get(): Promise<HostDocumentView> {
    const path = pathOf(this.#kernel);
    const found = await find(path);
    if (found === 'absent') {
      return { path, exists: false, hash: hashOf(''), file: { version: 1 }, valid: true };
    }
    const text = found === 'refused' ? '' : found.text;
    const document = found === 'refused' ? undefined : parse(text);
    return {
      path,
      exists: true,
      hash: hashOf(text),
      file: shown(document ?? { version: 1 }),
      valid: document !== undefined,
    };
  }

  async inForce(): Promise<ExecPolicy> {
    const document = await hostApprovals(this.#kernel);
    return execPolicyOf(this.#kernel.config().value, '*', document);
  }

  async set(caller: Caller, file: unknown, baseHash?: string): Promise<HostDocumentView> {
    const next = check(file);
    // One after another: of two who read the same document, the second has read an old one.
    return await this.#writes.run('', () => this.#replace(caller, next, baseHash));
  }

  async #replace(
    caller: Caller,
    next: HostDocument,
    baseHash: string | undefined,
  ): Promise<HostDocumentView> {
    const now = await this.get();
    if (baseHash === undefined ? now.exists : baseHash !== now.hash) throw changed();
    const path = pathOf(this.#kernel);
    const found = await find(path);
    const old = typeof found === 'object' ? parse(found.text) : undefined;
    const kept = Object.entries(old ?? {}).filter(([key]) => !isShown(key));
    const text = `${JSON.stringify({ ...Object.fromEntries(kept), ...shown(next) }, null, 2)}\n`;
    if (Buffer.byteLength(text) > MOST_BYTES) throw invalid('it is too large');
    // The line first: what opens something is never in force before it is on record.
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'operator',
        at: this.#kernel.now(),
        principal: caller.id,
        code: 'approvals.file_written',
        before: now.hash,
        after: hashOf(text),
      });
    });
    replaceFile(path, text);
    return await this.get();
  }
}

async function find(path: string): Promise<Found> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const facts = await file.stat();
      const ours = facts.uid === 0 || facts.uid === process.getuid?.();
      if (!facts.isFile() || facts.size > MOST_BYTES) return 'refused';
      if (!ours || (facts.mode & 0o022) !== 0) return 'refused';
      return { text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return errnoCode(error) === 'ENOENT' ? 'absent' : 'refused';
  }
}

/** The document, if it is one in every part that decides. */
function parse(text: string): HostDocument | undefined {
  try {
    return check(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const SECURITY = ['deny', 'allowlist', 'full'];
const ASK = ['off', 'on-miss', 'always'];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  mode: ['deny', 'allowlist', 'ask', 'auto', 'full'],
  security: SECURITY,
  ask: ASK,
  askFallback: SECURITY,
};

/** A document from outside. Throws `approvals.file_invalid` naming the place. */
function check(value: unknown): HostDocument {
  const document = object(value, 'the document');
  if ((document['version'] ?? 1) !== 1) throw invalid('"version" is not 1');
  checkRules(document['defaults'] ?? {}, 'defaults');
  for (const [agent, rules] of Object.entries(object(document['agents'] ?? {}, 'agents'))) {
    checkRules(rules, `agents.${agent}`);
  }
  return document as HostDocument;
}

function checkRules(value: unknown, path: string): void {
  const rules = object(value, path);
  for (const [key, choices] of Object.entries(CHOICES)) {
    const chosen = rules[key];
    if (chosen !== undefined && !choices.some((each) => each === chosen)) {
      throw invalid(`${path}.${key} is not one of ${choices.join(', ')}`);
    }
  }
  const auto = rules['autoAllowSkills'];
  if (auto !== undefined && typeof auto !== 'boolean') {
    throw invalid(`${path}.autoAllowSkills is not true or false`);
  }
  const list = rules['allowlist'] ?? [];
  if (!Array.isArray(list)) throw invalid(`${path}.allowlist is not a list`);
  list.forEach((entry, index) => checkEntry(entry, `${path}.allowlist[${String(index)}]`));
}

function checkEntry(value: unknown, path: string): void {
  const entry = object(value, path);
  const { pattern, argPattern, source } = entry;
  if (source === undefined && (typeof pattern !== 'string' || pattern.trim() === '')) {
    throw invalid(`${path}.pattern is not a text`);
  }
  if (argPattern !== undefined && typeof argPattern !== 'string') {
    throw invalid(`${path}.argPattern is not a text`);
  }
}

function object(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(`${path} is not an object`);
}

function isShown(key: string): boolean {
  return SHOWN.some((each) => each === key);
}

function shown(document: HostDocument): HostDocument {
  return {
    version: 1,
    ...Object.fromEntries(Object.entries(document).filter(([key]) => isShown(key))),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function invalid(why: string): PortcullisError {
  return new PortcullisError('approvals.file_invalid', `The document does not fit: ${why}.`, {
    hint: 'Compare it with docs/how-to/exec.md; nothing was written.',
  });
}

function changed(): PortcullisError {
  return new PortcullisError(
    'approvals.file_changed',
    'The document changed since it was read, or it was not read.',
    { hint: 'Read it again, and write with its hash.' },
  );
}
