/**
 * Several files changed together: one decision, one question to an approver over all of them, one
 * effect. If a later change fails, those before it are put back as they were.
 *
 * @module
 */
import { type FileChange, PortcullisError, type Tx } from '@portcullis/core';

import { textHash } from '../../audit/journal.ts';
import type { EffectGate } from '../effect.ts';
import { hashOf, readWhole } from './content.ts';
import { changed, notAFile, notFound, tooLarge } from './faults.ts';
import { dropLabel, putLabel } from './labels.ts';
import type { Look, Looker } from './look.ts';
import { withFile } from './opening.ts';
import { type Operation, attempt, decisionsOver, subjectOf } from './operation.ts';
import { type Replaced, removeFile, replaceFile } from './replace.ts';
import type { Workspaces } from './workspaces.ts';

/** Most files of one set. */
const MOST_FILES = 200;

/** What changing needs. */
export interface ChangeRooms {
  readonly gate: EffectGate;
  readonly looker: Looker;
  readonly workspaces: Workspaces;
  /** Largest file, in bytes. */
  readonly maxBytes: number;
}

/** One change that was made, and what was there before. */
interface Done {
  readonly path: string;
  readonly resolved: string;
  readonly before: Uint8Array | undefined;
  readonly replaced: Replaced | undefined;
  readonly sha256: string | undefined;
}

/**
 * Makes all changes or none. Throws `files.change_invalid` for a set that names a file twice or too
 * many of them, `files.changed`, `files.not_found`, and `files.change_partial` when something could
 * not be put back.
 */
export async function changeTogether(
  rooms: ChangeRooms,
  changes: readonly FileChange[],
): Promise<void> {
  checkSet(rooms, changes);
  const { gate, looker } = rooms;
  const operations = changes.map((change) => operationOf(rooms, change));
  const first = await Promise.all(operations.map(({ op, path }) => looker.look(op, path)));
  assertDistinct(first);
  let known: readonly Look[] | undefined = first;
  let current: readonly Look[] = first;
  const [lead] = first;
  await gate.perform<readonly Done[]>({
    kind: 'files',
    action: 'change',
    facts: {
      files: changes.length,
      pathHash: textHash(changes.map(({ path }) => path).join('\n')),
    },
    subject: { files: operations.map((each, index) => subjectOf(each, first[index])) },
    sink: { kind: 'fs.write', path: lead?.names[0] ?? '' },
    // Asked a second time after an approval: then a path may lead elsewhere.
    decide: async () => {
      current =
        known ?? (await Promise.all(operations.map(({ op, path }) => looker.look(op, path))));
      known = undefined;
      const decisions = current.map(async (look, index) =>
        decisionsOver(gate, operations[index]?.op ?? 'write', first[index] ?? look, look),
      );
      return (await Promise.all(decisions)).flat();
    },
    act: () => makeAll(rooms, operations, () => current),
    settle: (tx, done) => settle(tx, rooms, done),
  });
}

function checkSet({ maxBytes }: ChangeRooms, changes: readonly FileChange[]): void {
  if (changes.length === 0 || changes.length > MOST_FILES) throw invalidSet();
  if (new Set(changes.map(({ path }) => path)).size < changes.length) throw invalidSet();
  if (changes.some(({ bytes }) => bytes !== null && bytes.length > maxBytes)) {
    throw tooLarge(maxBytes);
  }
}

/** Two names of one file are one file twice. */
function assertDistinct(looks: readonly Look[]): void {
  const known = looks.map(({ resolved }) => resolved).filter((path) => path !== '');
  if (new Set(known).size < known.length) throw invalidSet();
}

function operationOf(rooms: ChangeRooms, { path, bytes, expect }: FileChange): Operation<Done> {
  // The caller may go on using its buffer while somebody is asked.
  const content = bytes === null ? undefined : Uint8Array.from(bytes);
  return {
    op: content === undefined ? 'delete' : 'write',
    action: content === undefined ? 'remove' : 'write',
    path,
    expect,
    ...(content === undefined ? {} : { content }),
    act: (look) => make(rooms, look, { path, content, expect }),
  };
}

async function make(
  { looker, workspaces, maxBytes }: ChangeRooms,
  look: Look,
  {
    path,
    content,
    expect,
  }: {
    readonly path: string;
    readonly content: Uint8Array | undefined;
    readonly expect: string | null;
  },
): Promise<Done> {
  if (look.facts.type === 'dir') throw notAFile();
  const { resolved } = look;
  return await workspaces.exclusively(resolved, async () => {
    const before = expect === null ? undefined : await contentOf(looker, look, expect, maxBytes);
    if (content === undefined) {
      await removeFile(looker, look);
      return { path, resolved, before, replaced: undefined, sha256: undefined };
    }
    const replaced = await replaceFile(looker, look, { bytes: content, maxBytes, expect });
    return { path, resolved, before, replaced, sha256: hashOf(content) };
  });
}

/** What is there now, if it is what was expected. */
async function contentOf(
  looker: Looker,
  look: Look,
  expect: string,
  maxBytes: number,
): Promise<Uint8Array> {
  if (look.facts.leafExists !== true || look.facts.real === null) throw notFound();
  const bytes = await withFile(looker, look, (handle) => readWhole(handle, maxBytes));
  if (hashOf(bytes) !== expect.toLowerCase()) throw changed();
  return bytes;
}

async function makeAll(
  rooms: ChangeRooms,
  operations: readonly Operation<Done>[],
  looks: () => readonly Look[],
): Promise<readonly Done[]> {
  const done: Done[] = [];
  try {
    for (const [index, operation] of operations.entries()) {
      const look = looks()[index];
      if (look !== undefined) done.push(await attempt(rooms.looker, operation, look));
    }
    return done;
  } catch (error) {
    const left: string[] = [];
    for (const each of done.toReversed()) {
      if (!(await putBack(rooms, each))) left.push(each.path);
    }
    if (left.length === 0) throw error;
    const cause = PortcullisError.is(error) ? ` (${error.message})` : '';
    throw new PortcullisError(
      'files.change_partial',
      `The change stopped half-way${cause}, and these files could not be put back: ${left.join(', ')}.`,
      { hint: 'Read these files before going on.', cause: error },
    );
  }
}

/** Puts one file back as it was. False when that did not work. */
async function putBack(
  { looker, workspaces, maxBytes }: ChangeRooms,
  { path, before, sha256 }: Done,
): Promise<boolean> {
  try {
    const look = await looker.look(before === undefined ? 'delete' : 'write', path);
    // What somebody else wrote meanwhile stays.
    const expect = sha256 ?? null;
    await workspaces.exclusively(look.resolved, async () => {
      if (before !== undefined)
        await replaceFile(looker, look, { bytes: before, maxBytes, expect });
      else if (expect !== null && (await contentOf(looker, look, expect, maxBytes))) {
        await removeFile(looker, look);
      }
    });
    return true;
  } catch {
    return false;
  }
}

/** What was written takes the label of the session along. */
async function settle(tx: Tx, { gate }: ChangeRooms, done: readonly Done[]): Promise<void> {
  const { agentId } = gate.site.run;
  const label = await gate.site.flow.labelIn(tx);
  for (const { resolved, replaced, sha256 } of done) {
    if (replaced === undefined || sha256 === undefined) {
      dropLabel(tx, agentId, resolved);
      continue;
    }
    for (const directory of replaced.made) await putLabel(tx, { agentId, path: directory, label });
    const state = replaced.mark === undefined ? {} : { mark: replaced.mark };
    await putLabel(tx, { agentId, path: resolved, sha256, label, ...state });
  }
}

function invalidSet(): PortcullisError {
  return new PortcullisError('files.change_invalid', 'These files cannot be changed together.', {
    hint: 'Name each file once, and at most 200 of them.',
  });
}
