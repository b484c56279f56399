/**
 * The `write` tool.
 *
 * @module
 */
import type { Tool } from '@portcullis/core';
import { z } from 'zod';

import { fileTool, hashInput, pathInput } from './file-tool.ts';

/** What `write` takes. */
export interface WriteInput {
  readonly path: string;
  readonly content: string;
  /** Only if the file still has this SHA-256; `null`: only if there is none. */
  readonly expect?: string | null | undefined;
}

/** Replaces or makes a file as a whole. */
export const writeTool: Tool<WriteInput> = fileTool<WriteInput>({
  name: 'write',
  description:
    'Replaces a file of the workspace with the content, or makes it; missing directories are made. ' +
    'To change a part of a file use edit.',
  input: z.strictObject({
    path: pathInput,
    content: z.string().max(10_000_000),
    expect: z.union([hashInput, z.null().describe('Only make a new file.')]).optional(),
  }),
  run: async ({ path, content, expect }, files) => {
    const bytes = new TextEncoder().encode(content);
    const { created } = await files.write(path, bytes, expect === undefined ? {} : { expect });
    const size = `${String(bytes.length)} bytes`;
    return {
      text: created ? `Made the file: ${size}.` : `Replaced the file: ${size}.`,
      details: { created, size: bytes.length },
    };
  },
});
