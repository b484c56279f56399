import {
  type BrowserDoor,
  type BrowserDriver,
  type BrowserRequest,
  type BrowserResult,
  PortcullisError,
  type Tool,
} from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';

const TOKEN = 'canary-Xk29sL0qPz7Wv4Tn8Rb3';
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'site.test': ['93.184.216.34'],
  'other.test': ['93.184.216.35'],
  'inner.test': ['10.0.0.1'],
};

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

/** A browser in memory: pages lead on as `redirects` says. */
class FakeBrowser implements BrowserDriver {
  readonly id = 'fake';
  readonly did: string[] = [];
  readonly ended: string[] = [];
  readonly redirects = new Map<string, string>();
  readonly #at = new Map<string, string>();

  async perform(
    request: BrowserRequest,
    { sessionKey, door }: { sessionKey: string; door: BrowserDoor },
  ): Promise<BrowserResult> {
    if ('url' in request) {
      let url = request.url;
      for (let hop = 0; ; hop += 1) {
        const addresses = await door.visit(url, hop);
        this.did.push(`${url} ${addresses.join()}`.trim());
        const next = this.redirects.get(url);
        if (next === undefined) break;
        url = next;
      }
      this.#at.set(sessionKey, url);
      return { url, text: 'a page' };
    }
    this.did.push(request.action);
    return { text: 'done' };
  }

  async location(sessionKey: string): Promise<string | undefined> {
    return this.#at.get(sessionKey);
  }

  async endSession(sessionKey: string): Promise<void> {
    this.ended.push(sessionKey);
  }
}

interface World {
  readonly browser: FakeBrowser;
  readonly codes: string[];
  readonly lookups: string[];
  /** Lets the agent do these, one after the other, in one turn. */
  readonly use: (
    requests: readonly BrowserRequest[],
    sender?: string,
  ) => Promise<readonly string[]>;
}

async function open(config: object = {}, withBrowser = true): Promise<World> {
  const browser = new FakeBrowser();
  const codes: string[] = [];
  const lookups: string[] = [];
  const tool: Tool<readonly BrowserRequest[]> = {
    name: 'use_browser',
    description: 'Uses the browser.',
    input: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({ value: value as readonly BrowserRequest[] }),
      },
    },
    inputSchema: { type: 'object' },
    effects: ['browser'],
    run: async (requests, { brokers }) => {
      for (const request of requests) {
        try {
          await brokers.browser?.perform(request);
          codes.push('done');
        } catch (error) {
          if (!PortcullisError.is(error)) throw error;
          codes.push(error.code);
        }
      }
      return { text: 'done' };
    },
  };
  const opened = await openHarness({
    config: {
      gateway: { mode: 'local', auth: { token: TOKEN } },
      session: { dmScope: 'per-channel-peer' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
      ...config,
    },
    tools: [tool as Tool],
    ...(withBrowser ? { browser } : {}),
    resolve: async (host) => {
      lookups.push(host);
      return NAMES[host] ?? [];
    },
  });
  harness = opened;
  const { model, network } = opened;
  let calls = 0;
  return {
    browser,
    codes,
    lookups,
    use: async (requests, sender = '42') => {
      const before = codes.length;
      calls += 1;
      const id = `call-${String(calls)}`;
      model.script.push(async function* () {
        yield { type: 'tool-call', id, name: 'use_browser', input: requests };
        yield { type: 'finish', reason: 'tool-calls', usage: {} };
      });
      await network.deliver(direct(sender, 'go'));
      await until(() => codes.length === before + requests.length, 'the browser to be used');
      return codes.slice(before);
    },
  };
}

async function lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all = (await harness?.gateway.services.audit.log({ limit: 1000 })) ?? [];
  return all
    .map(({ entry }) => entry as Readonly<Record<string, unknown>>)
    .filter(({ broker }) => broker === 'browser');
}

const go = (url: string): BrowserRequest => ({ action: 'navigate', url });

test('a page is loaded from an address that was looked at, after it was written down', async () => {
  const { browser, use, lookups } = await open();
  expect(await use([go('https://site.test/a?b')])).toEqual(['done']);
  expect(browser.did).toEqual(['https://site.test/a?b 93.184.216.34']);
  expect(lookups).toEqual(['site.test']);
  expect((await lines()).map(({ action, code, host }) => [action, code, host])).toEqual([
    ['look', 'effect.look', 'site.test'],
    ['visit', 'effect.visit', 'site.test'],
    ['visit', 'effect.done', undefined],
    ['look', 'effect.done', undefined],
  ]);
  expect(JSON.stringify(await lines())).not.toContain('a?b');
});

test('without a package that provides one there is no browser', async () => {
  const { use } = await open({}, false);
  expect(await use([go('https://site.test/')])).toEqual(['browser.unavailable']);
});

describe('P09.07: where a browser may go', () => {
  test.each([
    ['file:///etc/passwd', 'net.scheme'],
    ['view-source:https://site.test/', 'net.scheme'],
    ['chrome://settings', 'net.scheme'],
    ['data:text/html,x', 'net.scheme'],
    ['javascript:alert(1)', 'net.scheme'],
    ['ws://127.0.0.1/', 'net.scheme'],
    ['http://127.0.0.1/', 'net.ip.loopback'],
    ['http://169.254.169.254/latest', 'net.ip.metadata'],
    ['http://me@site.test/', 'net.userinfo'],
    ['http://localhost/', 'net.host.blocked'],
  ])('%s is refused before anything happens', async (url, code) => {
    const { browser, use, lookups } = await open();
    expect(await use([go(url)])).toEqual([code]);
    expect([browser.did, lookups]).toEqual([[], []]);
  });

  test('a redirect, a frame or a window is decided like the page that was asked for', async () => {
    const { browser, use } = await open();
    for (const next of ['http://10.0.0.1/', 'file:///etc/passwd', 'http://inner.test/']) {
      browser.redirects.set('https://site.test/', next);
      const [code] = await use([go('https://site.test/')]);
      expect(['net.ip.private', 'net.scheme', 'net.dns.private']).toContain(code);
    }
    expect(browser.did).toEqual(Array(3).fill('https://site.test/ 93.184.216.34'));
  });

  test('more redirects than are allowed end', async () => {
    const { browser, use } = await open({ browser: { maxRedirects: 2 } });
    browser.redirects.set('https://site.test/', 'https://other.test/');
    browser.redirects.set('https://other.test/', 'https://site.test/');
    expect(await use([go('https://site.test/')])).toEqual(['net.redirect.limit']);
    expect(browser.did).toHaveLength(3);
  });

  test('an empty page leads nowhere', async () => {
    const { browser, use, lookups } = await open();
    expect(await use([go('about:blank')])).toEqual(['done']);
    expect([browser.did, lookups]).toEqual([['about:blank'], []]);
  });
});

describe('what may be done in a page', () => {
  const click: BrowserRequest = { action: 'click', target: 'e1' };

  test('is asked about, because it tells the page something', async () => {
    const { browser, use } = await open();
    const using = use([go('https://site.test/'), { action: 'snapshot' }, click]);
    const approvals = harness?.gateway.services.approvals;
    await until(async () => (await approvals?.pending())?.length === 1, 'a question');
    const [question] = (await approvals?.pending()) ?? [];
    expect(question).toMatchObject({
      code: 'flow.web.write',
      act: 'act in a page of the browser',
      subject: '{"action":"click","at":"https://site.test/","target":"e1"}',
    });
    await approvals?.resolve(cli, question?.id ?? '', 'allow-once');
    expect(await using).toEqual(['done', 'done', 'done']);
    expect(browser.did.slice(1)).toEqual(['snapshot', 'click']);
  });

  test('is nothing for others than the owner', async () => {
    const { browser, use } = await open();
    const requests: BrowserRequest[] = [
      { action: 'snapshot' },
      click,
      { action: 'evaluate', script: '1' },
      { action: 'cookies' } as unknown as BrowserRequest,
    ];
    expect(await use(requests, '43')).toEqual([
      'done',
      'tool.owner_only',
      'tool.owner_only',
      'tool.owner_only',
    ]);
    expect(browser.did).toEqual(['snapshot']);
  });

  test('is nothing where the profile only lets it look', async () => {
    const { browser, use } = await open({
      tools: { profile: 'messaging', alsoAllow: ['use_browser'] },
    });
    expect(await use([{ action: 'screenshot' }, click])).toEqual(['done', 'tool.browser.readonly']);
    expect(browser.did).toEqual(['screenshot']);
  });

  test('is nothing of the browser for whom the tool is off, whichever tool asks', async () => {
    const { use } = await open({ tools: { profile: 'full', deny: ['browser'] } });
    expect(await use([{ action: 'tabs' }])).toEqual(['tool.deny.global']);
  });

  test.each([
    [{ enabled: false }, { action: 'tabs' }],
    [{ enabled: 'yes' }, { action: 'tabs' }],
    [{ evaluateEnabled: false }, { action: 'evaluate', script: '1' }],
  ] as const)('is nothing that %j switches off', async (settings, request) => {
    const start = open({ browser: settings });
    if ('enabled' in settings && settings.enabled === 'yes') {
      await expect(start).rejects.toMatchObject({ code: 'config.invalid' });
      return;
    }
    expect(await (await start).use([request])).toEqual(['browser.off']);
  });

  test('P32.01: is nothing that holds a secret of the gateway', async () => {
    const { browser, use } = await open();
    const requests: BrowserRequest[] = [
      go(`https://site.test/?t=${TOKEN}`),
      { action: 'type', target: 'e1', text: TOKEN },
      { action: 'evaluate', script: `fetch("/?" + atob("${btoa(TOKEN)}"))` },
      { action: 'upload', target: 'e1', name: 'a.txt', bytes: Buffer.from(TOKEN) },
    ];
    expect(await use(requests)).toEqual(Array(4).fill('secret.egress_blocked'));
    expect(browser.did).toEqual([]);
  });
});

test('a session that ends takes its pages with it', async () => {
  const { browser, use } = await open();
  await use([go('https://site.test/')]);
  await harness?.network.deliver(
    direct('42', '/reset', { kind: 'command', command: { name: 'reset', args: '' } }),
  );
  await until(() => browser.ended.length > 0, 'the pages to be closed');
  expect(browser.ended).toEqual(['agent:main:telegram:direct:42']);
});
