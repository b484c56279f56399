/**
 * The `edit` tool: exact replacements, all of them or none.
 *
 * @module
 */
import { PortcullisError, type Tool } from '@portcullis/core';
import { z } from 'zod';

import { editableText } from './file-text.ts';
import { fileTool, hashInput, pathInput } from './file-tool.ts';

/** One replacement. */
export interface Replacement {
  /** Text as it stands in the file; exactly once, unless `all`. */
  readonly old: string;
  readonly new: string;
  /** Replace every occurrence. */
  readonly all?: boolean | undefined;
}

/** What `edit` takes. */
export interface EditInput {
  readonly path: string;
  readonly edits: readonly Replacement[];
  /** Only if the file still has this SHA-256. */
  readonly expect?: string | undefined;
}

/** Replaces exact pieces of a text file. */
export const editTool: Tool<EditInput> = fileTool<EditInput>({
  name: 'edit',
  description:
    'Changes a text file of the workspace by exact replacement. Each old text must stand in the file ' +
    'exactly once, with its blanks and line ends, unless all is set; give enough of what is around it. ' +
    'The edits are made one after the other, all of them or none.',
  input: z.strictObject({
    path: pathInput,
    edits: z
      .array(
        z.strictObject({
          old: z.string().min(1),
          new: z.string(),
          all: z.boolean().optional().describe('Replace every occurrence.'),
        }),
      )
      .min(1)
      .max(100),
    expect: hashInput.optional(),
  }),
  run: async ({ path, edits, expect }, files) => {
    const { bytes, sha256 } = await files.read(path);
    if (expect !== undefined && expect !== sha256) throw changed();
    const { text, encode } = editableText(bytes);
    let result = text;
    let count = 0;
    for (const [index, edit] of edits.entries()) {
      const { replaced, times } = replace(result, edit, index + 1);
      result = replaced;
      count += times;
    }
    // What was read is what is replaced: a change in between is not lost.
    await files.write(path, encode(result), sha256 === undefined ? {} : { expect: sha256 });
    return {
      text: `Made ${String(count)} ${count === 1 ? 'replacement' : 'replacements'}.`,
      details: { replacements: count },
    };
  },
});

function replace(
  text: string,
  edit: Replacement,
  number: number,
): { replaced: string; times: number } {
  const old = edit.old.replaceAll('\r\n', '\n');
  const next = edit.new.replaceAll('\r\n', '\n');
  // A file with mixed line ends holds the text as it was given, if at all.
  const wanted = text.includes(old) ? old : edit.old;
  const parts = text.split(wanted);
  const times = parts.length - 1;
  if (times === 0) {
    throw new PortcullisError(
      'files.edit_not_found',
      `The old text of edit ${String(number)} is not in the file.`,
      {
        hint: 'Read the file and copy the text exactly, with its blanks and line ends.',
      },
    );
  }
  // Overlapping places count too: which one is meant cannot be known.
  const isTwice = text.includes(wanted, text.indexOf(wanted) + 1);
  if (isTwice && edit.all !== true) {
    throw new PortcullisError(
      'files.edit_ambiguous',
      `The old text of edit ${String(number)} is in the file more than once.`,
      { hint: 'Give more of what is around it, or set all.' },
    );
  }
  return { replaced: parts.join(next), times };
}

function changed(): PortcullisError {
  return new PortcullisError('files.changed', 'The file is not the one that was expected.', {
    hint: 'Read it again, then repeat the change.',
  });
}
