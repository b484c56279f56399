/**
 * Files: which paths a tool may read, write and patch.
 *
 * @module
 */
export {
  type FileFacts,
  type FileInput,
  type FileOp,
  type FileValue,
  type PatchInput,
  decideFile,
  decidePatch,
} from './decide.ts';
