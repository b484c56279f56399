import { describeTool } from '@portcullis/testkit';

import { webFetch, webSearch } from '../src/index.ts';

describeTool({
  tool: webFetch,
  inputs: [
    { url: 'https://site.example/' },
    { url: 'not a url', maxChars: 500, extract: 'text' },
    { url: 'https://site.example/', extract: 'raw' },
  ],
});
describeTool({ tool: webSearch, inputs: [{ query: 'portcullis' }, { query: 'gate', count: 3 }] });
