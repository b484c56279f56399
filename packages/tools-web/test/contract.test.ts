import { describeTool } from '@portcullis/testkit';

import { webFetch, webSearch } from '../src/index.ts';

describeTool({ tool: webFetch, inputs: [{ url: 'https://example.com/' }] });
describeTool({ tool: webSearch, inputs: [{ query: 'tide tables' }] });
