/**
 * The `apply_patch` tool: several files changed together. Everything is worked out before the first
 * change; then all of it is decided, asked about and done as one, or none of it.
 *
 * @module
 */
import { type FileChange, type FilesBroker, PortcullisError, type Tool } from '@portcullis/core';
import { z } from 'zod';

import { editableText } from './file-text.ts';
import { fileTool, intention } from './file-tool.ts';
import { applyHunks } from './hunks.ts';
import { type PatchStep, parsePatch, pathsOf } from './patch.ts';

/** What `apply_patch` takes. */
export interface ApplyPatchInput {
  readonly patch: string;
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
    const changes: FileChange[] = [];
    for (const step of steps) changes.push(...(await work(files, step)));
    signal.throwIfAborted();
    await files.change(changes);
    return { text: `Applied the patch:\n${steps.map(told).join('\n')}` };
  },
});

function told(step: PatchStep): string {
  if (step.kind === 'add') return `A ${step.path}`;
  if (step.kind === 'delete') return `D ${step.path}`;
  return step.moveTo === undefined ? `M ${step.path}` : `R ${step.path} -> ${step.moveTo}`;
}

/** What one step changes, worked out without changing anything. */
async function work(files: FilesBroker, step: PatchStep): Promise<readonly FileChange[]> {
  if (step.kind === 'add') {
    await assertFree(files, step.path);
    const text = step.lines.map((line) => `${line}\n`).join('');
    return [{ path: step.path, bytes: new TextEncoder().encode(text), expect: null }];
  }
  const { bytes, sha256 } = await files.read(step.path);
  if (sha256 === undefined) throw taken(step.path, 'it could not be read whole');
  if (step.kind === 'delete') return [{ path: step.path, bytes: null, expect: sha256 }];
  const after = updated(bytes, step);
  if (step.moveTo === undefined) return [{ path: step.path, bytes: after, expect: sha256 }];
  await assertFree(files, step.moveTo);
  return [
    { path: step.moveTo, bytes: after, expect: null },
    { path: step.path, bytes: null, expect: sha256 },
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

function taken(path: string, why: string): PortcullisError {
  return new PortcullisError('files.patch_mismatch', `${path}: ${why}.`, {
    hint: 'Look at the directory, then write the patch anew.',
  });
}
