/**
 * Tools for the files of an agent's workspace: `read`, `ls`, `write`, `edit`, `apply_patch` and
 * `search`.
 *
 * They touch no disk: everything goes through the files broker of the call, which asks policy for
 * each path and each effect.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { applyPatchTool } from './apply-patch.ts';
import { editTool } from './edit.ts';
import { lsTool } from './ls.ts';
import { readTool } from './read.ts';
import { searchTool } from './search.ts';
import { writeTool } from './write.ts';

export { type ApplyPatchInput, applyPatchTool } from './apply-patch.ts';
export { type EditInput, editTool } from './edit.ts';
export { type LsInput, lsTool } from './ls.ts';
export { type ReadInput, readTool } from './read.ts';
export { type SearchInput, searchTool } from './search.ts';
export { type WriteInput, writeTool } from './write.ts';

const plugin: Plugin = {
  id: 'tools-files',
  register: (registry) => {
    registry.tool(readTool);
    registry.tool(lsTool);
    registry.tool(writeTool);
    registry.tool(editTool);
    registry.tool(applyPatchTool);
    registry.tool(searchTool);
  },
};

export default plugin;
