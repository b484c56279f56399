import { describeTool } from '@portcullis/testkit';

import { applyPatchTool, editTool, lsTool, readTool, searchTool, writeTool } from '../src/index.ts';

describeTool({
  tool: readTool,
  inputs: [{ path: 'a.txt' }, { path: 'a.txt', offset: 2, limit: 5 }],
});
describeTool({ tool: lsTool, inputs: [{}, { path: 'notes' }] });
describeTool({
  tool: searchTool,
  inputs: [{ pattern: 'hello' }, { glob: '*.md' }, { pattern: 'a', glob: '*', contextLines: 2 }],
});
describeTool({ tool: writeTool, inputs: [{ path: 'a.txt', content: 'hello' }] });
describeTool({ tool: editTool, inputs: [{ path: 'a.txt', edits: [{ old: 'a', new: 'b' }] }] });
describeTool({
  tool: applyPatchTool,
  inputs: [{ patch: '*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch' }],
});
