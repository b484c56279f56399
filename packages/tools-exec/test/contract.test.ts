import { describeTool } from '@portcullis/testkit';

import { exec } from '../src/exec.ts';
import { process } from '../src/process.ts';

describeTool({ tool: exec, inputs: [{ command: 'ls -la' }, { command: 'make', cwd: 'src' }] });
describeTool({ tool: process, inputs: [{ action: 'list' }, { action: 'poll', id: 'p1' }] });
