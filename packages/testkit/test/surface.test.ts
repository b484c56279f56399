import { expect, test } from 'vitest';
import * as whatsapp from '../src/fake-whatsapp/index.ts';
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

test('what may be imported of the room that needs Baileys', () => {
  expect(Object.keys(whatsapp)).toEqual(['fakeWhatsApp']);
});
