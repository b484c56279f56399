// The root runs wherever ECMAScript runs: the same answers in Node, in a browser and in a bare
// context that has no global of any host.
import { existsSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { bundle } from './bundle.ts';

const CODE = bundle('src/index.ts', 'iife');

/** Decisions of each area, as JSON, so that every host answers in the same form. */
const QUESTIONS = `JSON.stringify((() => {
  const guard = policy.compilePolicy({
    channels: {
      telegram: { dmPolicy: 'allowlist', allowFrom: ['42'], groups: { allowlist: ['-1001'] } },
    },
    session: { dmScope: 'per-channel-peer' },
    messages: { groupChat: { mentionPatterns: ['\\\\bporty\\\\b'] } },
    commands: { ownerAllowFrom: ['telegram:42'] },
  });
  const direct = (id) => ({ channel: 'telegram', kind: 'direct', sender: { id } });
  const group = (text) => ({
    channel: 'telegram', kind: 'group', peerId: '-1001', sender: { id: '42' }, text,
  });
  const asked = [
    guard.ingress(direct('42')),
    guard.ingress(direct('43')),
    guard.ingress(group('hello')),
    guard.ingress(group('hello PORTY')),
    guard.route(direct('42')),
    guard.sessionKey({ ...direct('42'), agentId: 'main' }),
    policy.compilePolicy(7).ingress(direct('42')),
  ];
  return {
    codes: asked.map((each) => each.effect + ' ' + each.code),
    key: asked[5].value,
    owner: guard.isOwner('telegram', 'tg:42'),
    sender: policy.canonicalSender('whatsapp', '15551234567@s.whatsapp.net'),
  };
})())`;

const ANSWERS = {
  codes: [
    'allow dm.allowlisted',
    'deny dm.allowlist.not_allowlisted',
    'ignore group.mention.required',
    'allow group.sender_allowlisted',
    'allow route.default',
    'allow session.per_channel_peer',
    'deny config.invalid',
  ],
  key: 'agent:main:telegram:direct:42',
  owner: true,
  sender: '+15551234567',
};

const CHROMIUM = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
];

test('in a context without any global of a host', () => {
  const context = createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
  });
  expect(JSON.parse(runInContext(`${CODE};${QUESTIONS}`, context) as string)).toEqual(ANSWERS);
});

test('in a browser', async () => {
  const executablePath = CHROMIUM.find((place) => place !== '' && existsSync(place));
  if (executablePath === undefined) throw new Error('Install Chromium or set CHROMIUM_PATH.');
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: CODE });
    expect(JSON.parse(await page.evaluate<string>(QUESTIONS))).toEqual(ANSWERS);
  } finally {
    await browser.close();
  }
}, 60_000);

test.each([
  /["'`]node:/,
  /\bprocess\b(?=\.)/,
  /\bBuffer\b/,
  /\brequire\(/,
  /\bimport\(/,
  /\beval\(/,
  /\bnew Function\b/,
])('the bundle has no %s', (wording) => {
  expect(CODE).not.toMatch(wording);
});
