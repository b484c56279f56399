/**
 * The built page in a real browser, under the content policy it is served with, against a gateway
 * that speaks the protocol.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build } from 'vite';

import { openBrowser } from './fake/browser.ts';
import { type FakeGateway, type Script, startFakeGateway } from './fake/gateway.ts';
import { createScript } from './fake/script.ts';

const ROOT = join(import.meta.dirname, '..');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let pages: string;
let browser: Browser;
let page: Page;
let gateway: FakeGateway;
/** Everything the browser complained about: content policy, errors, failed loads. */
let complaints: string[];

beforeAll(async () => {
  pages = mkdtempSync(join(tmpdir(), 'portcullis-dist-'));
  await build({ root: ROOT, logLevel: 'silent', build: { outDir: pages, emptyOutDir: true } });
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  rmSync(pages, { recursive: true, force: true });
});

beforeEach(async () => {
  complaints = [];
  gateway = await startFakeGateway({ pages, ...createScript() });
  page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  page.on('console', (entry) => {
    if (entry.type() === 'error' || entry.type() === 'warning') complaints.push(entry.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
}, 60_000);

afterEach(async () => {
  await page.context().close();
  await gateway.close();
});

async function visit(script: Script = {}, hash = ''): Promise<void> {
  Object.assign(gateway.script, script);
  await page.goto(gateway.pageUrl + hash);
}

async function signIn(token = 'secret'): Promise<void> {
  await page.getByLabel('Gateway token or password').fill(token);
  await page.getByRole('button', { name: 'Connect' }).click();
}

const field = (): ReturnType<Page['getByLabel']> => page.getByLabel('Message', { exact: true });
const talk = (): ReturnType<Page['getByRole']> =>
  page.getByRole('region', { name: 'Conversation' });

const panel = (): ReturnType<Page['getByRole']> =>
  page.getByRole('region', { name: 'Waiting for your answer' });

/** Answers to questions that reached the gateway. */
const answers = (): readonly unknown[] =>
  gateway.requests
    .filter(({ method }) => method === 'exec.approval.resolve')
    .map(({ params }) => params);

function isFocused(element: Element): boolean {
  return document.activeElement === element;
}

/** Violations axe finds, by rule. */
async function violations(): Promise<readonly string[]> {
  // Evaluated by the debugger: the content policy rightly keeps foreign scripts off the page.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('signing in', () => {
  test('keeps the token in the tab only', async () => {
    await visit();
    await signIn();
    await field().waitFor();
    const kept = await page.evaluate(() => ({
      session: Object.values(sessionStorage),
      local: Object.values(localStorage),
      cookie: document.cookie,
    }));
    expect(kept).toEqual({ session: ['secret'], local: [], cookie: '' });
    expect(gateway.connects[0]?.auth).toEqual({ token: 'secret', password: 'secret' });
    expect(gateway.connects[0]?.client).toMatchObject({
      id: 'openclaw-control-ui',
      mode: 'webchat',
    });
    expect(complaints).toEqual([]);
  });

  test('takes a token from the address and removes it there', async () => {
    await visit({}, '#token=from%20link');
    await field().waitFor();
    expect(gateway.connects[0]?.auth?.token).toBe('from link');
    expect(page.url()).toBe(gateway.pageUrl);
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
  });

  test('P30.01: whatever the address says, only where the page came from is spoken to', async () => {
    const other = await startFakeGateway({ pages, ...createScript() });
    const spoken: string[] = [];
    page.on('websocket', (socket) => spoken.push(new URL(socket.url()).host));
    page.on('request', (request) => spoken.push(new URL(request.url()).host));
    const evil = encodeURIComponent(other.pageUrl.replace('http', 'ws'));
    const words = `gatewayUrl=${evil}&url=${evil}&host=${evil}&server=${evil}&token=stolen`;
    await page.goto(`${gateway.pageUrl}?${words}`);
    await signIn();
    await field().waitFor();
    await page.goto(`${gateway.pageUrl}?${words}#gatewayUrl=${evil}&token=secret`);
    await field().waitFor();
    expect(new Set(spoken)).toEqual(new Set([new URL(gateway.pageUrl).host]));
    expect(other.connects).toEqual([]);
    expect(gateway.connects.map(({ auth }) => auth?.token)).toEqual(['secret', 'secret']);
    await other.close();
  });

  test('P34.03: a message in the address is not sent, and answers no question', async () => {
    const words = 'message=run%20exec&prompt=run&text=run&q=run&approve=1&decision=allow-once';
    await page.goto(`${gateway.pageUrl}?${words}#token=secret&${words}`);
    await field().waitFor();
    await panel().getByRole('button', { name: 'Allow once' }).waitFor();
    expect(await field().inputValue()).toBe('');
    const changing = /send|agent$|resolve|patch|approve|reset|delete/;
    expect(gateway.requests.filter(({ method }) => changing.test(method))).toEqual([]);
  });

  test('shows itself as the same device after a reload, without the private key in reach', async () => {
    await visit({}, '#token=secret');
    await field().waitFor();
    await page.reload();
    await field().waitFor();
    const [first, second] = gateway.connects;
    expect(second?.device?.id).toBe(first?.device?.id);
    expect(second?.device?.nonce).not.toBe(first?.device?.nonce);
  });

  test('says that the token is wrong, and lets one try another', async () => {
    let refuses = true;
    await visit({
      refuse: () =>
        refuses
          ? {
              code: 'INVALID_REQUEST',
              message: 'unauthorized: token mismatch',
              details: { code: 'AUTH_TOKEN_MISMATCH' },
            }
          : undefined,
    });
    await signIn('wrong');
    await page.getByRole('heading', { name: 'The token is wrong' }).waitFor();
    expect(await violations()).toEqual([]);
    refuses = false;
    await signIn('right');
    await field().waitFor();
  });

  test('explains pairing with the command to run, and goes on once it was run', async () => {
    let approved = false;
    await visit({
      refuse: () =>
        approved
          ? undefined
          : {
              code: 'NOT_PAIRED',
              message: 'pairing required: device is not approved yet',
              details: { code: 'PAIRING_REQUIRED', requestId: 'req-7', pauseReconnect: false },
            },
    });
    await signIn();
    await page.getByRole('heading', { name: 'This browser is not paired yet' }).waitFor();
    await page.getByText('openclaw devices approve req-7').waitFor();
    approved = true;
    await field().waitFor();
  });

  test('signing out forgets the token', async () => {
    await visit({}, '#token=secret');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Gateway token or password').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

describe('talking', () => {
  test('a message is sent with the keyboard and its answer is written piece by piece', async () => {
    await visit({}, '#token=secret');
    await field().fill('Tell me');
    await field().press('Enter');
    await talk().getByText('Tell me').waitFor();
    await talk().getByText('The first half').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await talk().getByText('The first half, and the second.').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('status').allTextContents()).toContain(
      'Assistant: The first half, and the second.',
    );
    expect(await field().inputValue()).toBe('');
    expect(complaints).toEqual([]);
  });

  test('everything can be done with the keyboard, in the order one reads', async () => {
    await visit();
    await page.locator('#token:focus').waitFor();
    await page.keyboard.type('secret');
    await page.keyboard.press('Enter');
    await page.locator('#draft:focus').waitFor();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await page.getByRole('button', { name: 'Allow once' }).waitFor();
    await page.getByRole('button', { name: /Garden plans/ }).waitFor();
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    expect(await field().inputValue()).toBe('one\ntwo');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.evaluate(() => document.querySelector<HTMLElement>('.skip')?.focus());
    const order: string[] = [];
    for (let step = 0; step < 12; step += 1) {
      order.push(
        await page.evaluate(() => {
          const { activeElement: at } = document;
          return (
            at?.getAttribute('aria-label') ??
            at?.getAttribute('placeholder') ??
            at?.textContent ??
            ''
          );
        }),
      );
      await page.keyboard.press('Tab');
    }
    expect(order).toEqual([
      'Skip to the message field',
      'Sign out',
      'Allow once',
      'Deny',
      'Approve',
      'Reject',
      'New',
      'MainThe first half, and the second.',
      'Garden plansIn October, before …',
      'Reset',
      'Conversation',
      'Write a message',
    ]);
    await page.evaluate(() => document.querySelector<HTMLElement>('.skip')?.focus());
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('draft');
  });

  test('Stop stops the run, Reset empties the session after asking', async () => {
    await visit({}, '#token=secret');
    await field().fill('wait for ever');
    await field().press('Enter');
    await page.getByRole('button', { name: 'Stop' }).click();
    await talk().getByText('Stopped.').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: 'Empty it' }).click();
    await talk().getByText('Nothing said yet').waitFor();
    expect(gateway.requests.map(({ method }) => method)).toContain('sessions.reset');
  });

  test('a message written while the gateway restarts arrives once', async () => {
    let away = false;
    await visit(
      {
        refuse: () =>
          away
            ? { code: 'UNAVAILABLE', message: 'starting', retryable: true, retryAfterMs: 100 }
            : undefined,
      },
      '#token=secret',
    );
    await field().waitFor();
    away = true;
    gateway.clients[0]?.drop();
    await page.getByText('Reconnecting').waitFor();
    await field().fill('Are you there?');
    await field().press('Enter');
    await talk().getByText('sending').waitFor();
    away = false;
    await talk().getByText('The first half, and the second.').waitFor();
    expect(await talk().getByText('Are you there?').count()).toBe(1);
    const sends = gateway.requests.filter(({ method }) => method === 'chat.send');
    expect(sends).toHaveLength(1);
  });

  test('P30.04: a hostile answer is inert text', async () => {
    await visit({}, '#token=secret');
    await field().fill('attack');
    await field().press('Enter');
    await talk().getByText('end of attack').waitFor();
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
    expect(await talk().locator('img, script, iframe, svg, [onerror], [style]').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('around the chat', () => {
  test('sessions can be chosen and begun, the status line names model and channels', async () => {
    await visit({}, '#token=secret');
    const sessions = page.getByRole('navigation', { name: 'Sessions' });
    await sessions.getByRole('button', { name: /Garden plans/ }).click();
    await talk().getByText('When do I plant garlic?').waitFor();
    await sessions.getByRole('button', { name: 'New' }).click();
    await talk().getByText('Nothing said yet').waitFor();
    await page.getByText('Model: offline/demo').waitFor();
    await page.getByText('Telegram: connected').waitFor();
  });

  test('a pairing request is approved by a click and disappears', async () => {
    await visit({}, '#token=secret');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page
      .getByRole('heading', { name: 'Waiting to be let in' })
      .waitFor({ state: 'detached' });
    expect(gateway.requests.find(({ method }) => method === 'channels.pairing.approve')).toEqual({
      method: 'channels.pairing.approve',
      params: { channel: 'telegram', accountId: 'default', requestId: 'KX7M2PQR' },
    });
  });

  test('a refusal is shown where one clicked', async () => {
    const { answer } = createScript();
    await visit(
      {
        answer: (method, params, client) =>
          method === 'channels.pairing.dismiss'
            ? { error: { code: 'INVALID_REQUEST', message: 'The request has expired.' } }
            : answer?.(method, params, client),
      },
      '#token=secret',
    );
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('alert').getByText('The request has expired.').waitFor();
  });

  test('without the right to see them there are no requests', async () => {
    await visit({ scopes: ['operator.read', 'operator.write'] }, '#token=secret');
    await page.getByText('Model: offline/demo').waitFor();
    expect(await page.getByText('Waiting to be let in').count()).toBe(0);
    expect(gateway.requests.map(({ method }) => method)).not.toContain('channels.pairing.list');
  });
});

describe('a question of the agent', () => {
  test('P34.01: shows exactly what would happen, as text and whole', async () => {
    await visit({}, '#token=secret');
    await panel().getByText('The agent asks to send a message to somebody else').waitFor();
    await panel().getByText('Only the owner sends to others.').waitFor();
    await panel().getByText('agent:main:telegram:direct:42').waitFor();
    const subject = panel().getByRole('region', { name: 'Exactly what would happen' });
    const shown = (await subject.textContent()) ?? '';
    expect(shown).toContain('<img src=x onerror=');
    expect(shown).toContain('\\u202eabc long long');
    expect(shown).toContain('the end');
    const hidden = await subject.evaluate(
      ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight,
    );
    expect(hidden).toBe(0);
    expect(shown).not.toContain('\u202e');
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
    expect(complaints).toEqual([]);
  });

  test('is answered by keyboard, and the focus goes on', async () => {
    await visit({}, '#token=secret');
    const allow = panel().getByRole('button', { name: 'Allow once' });
    await allow.focus();
    await page.keyboard.press('Tab');
    expect(await panel().getByRole('button', { name: 'Deny' }).evaluate(isFocused)).toBe(true);
    await page.keyboard.press('Enter');
    await panel().waitFor({ state: 'detached' });
    expect(answers()).toEqual([{ id: '0123456789abcdef0123456789abcdef', decision: 'deny' }]);
    expect(await field().evaluate(isFocused)).toBe(true);
  });

  test('comes and goes with the events, whoever answers it', async () => {
    const { answer } = createScript();
    let asks = false;
    await visit(
      {
        answer: (method, params, client) =>
          method === 'exec.approval.list' && !asks
            ? { payload: [] }
            : answer?.(method, params, client),
      },
      '#token=secret',
    );
    await page.getByText('Model: offline/demo').waitFor();
    expect(await panel().count()).toBe(0);
    asks = true;
    gateway.clients[0]?.emit('exec.approval.requested', {});
    await panel().waitFor();
    await page.getByRole('status').getByText('The agent waits for your answer').waitFor();
    asks = false;
    gateway.clients[0]?.emit('exec.approval.resolved', {});
    await panel().waitFor({ state: 'detached' });
    expect(answers()).toEqual([]);
  });

  test('that was answered elsewhere says so', async () => {
    const { answer } = createScript();
    await visit(
      {
        answer: (method, params, client) =>
          method === 'exec.approval.resolve'
            ? { error: { code: 'INVALID_REQUEST', message: 'approval already resolved' } }
            : answer?.(method, params, client),
      },
      '#token=secret',
    );
    await panel().getByRole('button', { name: 'Allow once' }).click();
    await panel().getByRole('alert').getByText('approval already resolved').waitFor();
  });

  test('is not asked for without the right to answer', async () => {
    await visit({ scopes: ['operator.read', 'operator.write'] }, '#token=secret');
    await page.getByText('Model: offline/demo').waitFor();
    expect(await panel().count()).toBe(0);
    expect(gateway.requests.map(({ method }) => method)).not.toContain('exec.approval.list');
  });
});

describe.each([
  { look: 'light', colorScheme: 'light', viewport: { width: 1200, height: 800 } },
  { look: 'dark', colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
  { look: 'small', colorScheme: 'light', viewport: { width: 380, height: 720 } },
] as const)('$look', ({ colorScheme, viewport }) => {
  test('nothing is out of reach: axe finds no violation, the page does not scroll sideways', async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await visit();
    await page.getByRole('heading', { name: 'Portcullis' }).waitFor();
    expect(await violations()).toEqual([]);
    await signIn();
    await field().fill('Tell me');
    await field().press('Enter');
    await talk().getByText('The first half, and the second.').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    expect(await violations()).toEqual([]);
    if (viewport.width < 500) {
      await page.getByRole('button', { name: 'Sessions' }).click();
      await page.getByRole('navigation', { name: 'Sessions' }).waitFor();
      expect(await violations()).toEqual([]);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(viewport.width);
    expect(complaints).toEqual([]);
  });
});
