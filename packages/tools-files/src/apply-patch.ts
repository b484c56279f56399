/**
 * The `apply_patch` tool: several files changed together. Everything is decided and worked out
 * before the first write; if a write fails, those before it are taken back.
 *
 * @module
 */
import { type FilesBroker, PortcullisError, type Tool } from '@portcullis/core';
import { z } from 'zod';

import { editableText } from './file-text.ts';
import { fileTool, intention } from './file-tool.ts';
import { applyHunks } from './hunks.ts';
import { type PatchStep, parsePatch, pathsOf } from './patch.ts';

/** What `apply_patch` takes. */
export interface ApplyPatchInput {
  readonly patch: string;
}

/** A file before and after. */
interface Change {
  readonly path: string;
  /** What is there now; undefined for nothing. */
  readonly before?: { readonly bytes: Uint8Array; readonly sha256: string };
  /** What is to be there; undefined for nothing. */
  readonly after?: Uint8Array;
}

/** Changes several files of the workspace, all or none. */
export const applyPatchTool: Tool<ApplyPatchInput> = fileTool<ApplyPatchInput>({
  name: 'apply_patch',
  description: [
    'Changes several files of the workspace together, all or none. The patch is lines:',
    '*** Begin Patch',
    '*** Add File: <path>       (then every line of it after a "+")',
    '*** Delete File: <path>',
    '*** Update File: <path>    (then, if it moves: *** Move to: <path>)',
    '@@ <a whole line that stands before the place>   (optional)',
    ' unchanged line, -removed line, +added line; about three unchanged lines around each change',
    '*** End of File             (optional: the hunk ends the file)',
    '*** End Patch',
  ].join('\n'),
  input: z.strictObject({ patch: z.string().min(1).max(1_000_000) }),
  plan: ({ patch }) => pathsOf(parsePatch(patch)).map(({ op, path }) => intention(op, path)),
  run: async ({ patch }, files, { signal }) => {
    const steps = parsePatch(patch);
    const changes: Change[] = [];
    for (const step of steps) changes.push(...(await work(files, step)));
    signal.throwIfAborted();
    await applyAll(files, changes);
    return { text: `Applied the patch:\n${steps.map(told).join('\n')}` };
  },
});

function told(step: PatchStep): string {
  if (step.kind === 'add') return `A ${step.path}`;
  if (step.kind === 'delete') return `D ${step.path}`;
  return step.moveTo === undefined ? `M ${step.path}` : `R ${step.path} -> ${step.moveTo}`;
}

/** What one step changes, worked out without changing anything. */
async function work(files: FilesBroker, step: PatchStep): Promise<readonly Change[]> {
  if (step.kind === 'add') {
    await assertFree(files, step.path);
    const text = step.lines.map((line) => `${line}\n`).join('');
    return [{ path: step.path, after: new TextEncoder().encode(text) }];
  }
  const { bytes, sha256 } = await files.read(step.path);
  if (sha256 === undefined) throw taken(step.path, 'it could not be read whole');
  const before = { bytes, sha256 };
  if (step.kind === 'delete') return [{ path: step.path, before }];
  const after = updated(bytes, step);
  if (step.moveTo === undefined) return [{ path: step.path, before, after }];
  await assertFree(files, step.moveTo);
  return [
    { path: step.moveTo, after },
    { path: step.path, before },
  ];
}

function updated(
  bytes: Uint8Array,
  { hunks, path }: Extract<PatchStep, { readonly kind: 'update' }>,
): Uint8Array {
  if (hunks.length === 0) return bytes;
  const { text, encode } = editableText(bytes);
  try {
    return encode(applyHunks(text, hunks));
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    throw new PortcullisError(error.code, `${path}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

async function assertFree(files: FilesBroker, path: string): Promise<void> {
  if ((await files.stat(path)) !== undefined) throw taken(path, 'there is such a file already');
}

async function applyAll(files: FilesBroker, changes: readonly Change[]): Promise<void> {
  const done: Change[] = [];
  try {
    for (const change of changes) {
      await apply(files, change);
      done.push(change);
    }
  } catch (error) {
    const left = await takeBack(files, done.toReversed());
    if (left.length === 0) throw error;
    const cause = PortcullisError.is(error) ? ` (${error.message})` : '';
    throw new PortcullisError(
      'files.patch_partial',
      `The patch stopped half-way${cause}, and these changes could not be taken back: ${left.join(', ')}.`,
      { hint: 'Read these files before going on.', cause: error },
    );
  }
}

async function apply(files: FilesBroker, { path, before, after }: Change): Promise<void> {
  if (after === undefined) await files.remove(path);
  else await files.write(path, after, { expect: before?.sha256 ?? null });
}

/** Undoes changes; returns the paths where that failed. */
async function takeBack(
  files: FilesBroker,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { path, before, after } of changes) {
    try {
      if (before === undefined) await files.remove(path);
      else await files.write(path, before.bytes, after === undefined ? { expect: null } : {});
    } catch {
      left.push(path);
    }
  }
  return left;
}

function taken(path: string, why: string): PortcullisError {
  return new PortcullisError('files.patch_mismatch', `${path}: ${why}.`, {
    hint: 'Look at the directory, then write the patch anew.',
  });
}
