import { expect, test } from 'vitest';
import * as testkit from '../src/index.ts';

test('what may be imported', () => {
  expect(Object.keys(testkit).toSorted()).toEqual([
    'describeChannel',
    'describeStore',
    'describeTool',
    'describeToolSource',
    'fakeAnthropic',
    'fakeDiscord',
    'fakeOllama',
    'fakeOpenAI',
    'fakeSlack',
    'fakeTailscale',
    'fakeTelegram',
  ]);
});
