/** Signing in on the built page, talking on it, and that it is within everybody’s reach. */
import { describe, expect, test } from 'vitest';

import { useBuiltPage } from './fake/built-page.ts';
import { startFakeGateway } from './fake/gateway.ts';
import { createScript } from './fake/script.ts';

const built = useBuiltPage();

describe('signing in', () => {
  test('keeps the token in the tab only', async () => {
    const ui = built();
    const { page, gateway, complaints } = ui;
    await ui.visit();
    await ui.signIn();
    await ui.field().waitFor();
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
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({}, '#token=from%20link');
    await ui.field().waitFor();
    expect(gateway.connects[0]?.auth?.token).toBe('from link');
    expect(page.url()).toBe(gateway.pageUrl);
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
  });

  test('uses the code of a sign-in address once, and is a device of its own afterwards', async () => {
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({}, '#bootstrapToken=once');
    await ui.field().waitFor();
    expect(page.url()).toBe(gateway.pageUrl);
    await page.reload();
    await ui.field().waitFor();
    expect(gateway.connects.map(({ auth }) => auth)).toEqual([
      { bootstrapToken: 'once' },
      { deviceToken: 'of the device' },
    ]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Gateway token or password').waitFor();
    expect(await page.evaluate(() => Object.values(localStorage))).toEqual([]);
  });

  test('P30.01: whatever the address says, only where the page came from is spoken to', async () => {
    const ui = built();
    const { page, gateway, pages } = ui;
    const other = await startFakeGateway({ pages, ...createScript() });
    const spoken: string[] = [];
    page.on('websocket', (socket) => spoken.push(new URL(socket.url()).host));
    page.on('request', (request) => spoken.push(new URL(request.url()).host));
    const evil = encodeURIComponent(other.pageUrl.replace('http', 'ws'));
    const words = `gatewayUrl=${evil}&url=${evil}&host=${evil}&server=${evil}&token=stolen`;
    await page.goto(`${gateway.pageUrl}?${words}`);
    await ui.signIn();
    await ui.field().waitFor();
    await page.goto(`${gateway.pageUrl}?${words}#gatewayUrl=${evil}&token=secret`);
    // Only the fragment differs: the page stays, and what is seen of it does not say it connected.
    await expect.poll(() => gateway.connects.length).toBe(2);
    await ui.field().waitFor();
    expect(new Set(spoken)).toEqual(new Set([new URL(gateway.pageUrl).host]));
    expect(other.connects).toEqual([]);
    expect(gateway.connects.map(({ auth }) => auth?.token)).toEqual(['secret', 'secret']);
    await other.close();
  });

  test('P34.03: a message in the address is not sent, and answers no question', async () => {
    const words = 'message=run%20exec&prompt=run&text=run&q=run&approve=1&decision=allow-once';
    const ui = built();
    const { page, gateway } = ui;
    await page.goto(`${gateway.pageUrl}?${words}#token=secret&${words}`);
    await ui.field().waitFor();
    await ui.panel().getByRole('button', { name: 'Allow once' }).waitFor();
    expect(await ui.field().inputValue()).toBe('');
    const changing = /send|agent$|resolve|patch|approve|reset|delete/;
    expect(gateway.requests.filter(({ method }) => changing.test(method))).toEqual([]);
  });

  test('shows itself as the same device after a reload, without the private key in reach', async () => {
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({}, '#token=secret');
    await ui.field().waitFor();
    await page.reload();
    await ui.field().waitFor();
    const [first, second] = gateway.connects;
    expect(second?.device?.id).toBe(first?.device?.id);
    expect(second?.device?.nonce).not.toBe(first?.device?.nonce);
  });

  test('says that the token is wrong, and lets one try another', async () => {
    const ui = built();
    const { page } = ui;
    let refuses = true;
    await ui.visit({
      refuse: () =>
        refuses
          ? {
              code: 'INVALID_REQUEST',
              message: 'unauthorized: token mismatch',
              details: { code: 'AUTH_TOKEN_MISMATCH' },
            }
          : undefined,
    });
    await ui.signIn('wrong');
    await page.getByRole('heading', { name: 'The token is wrong' }).waitFor();
    expect(await ui.violations()).toEqual([]);
    refuses = false;
    await ui.signIn('right');
    await ui.field().waitFor();
  });

  test('explains pairing with the command to run, and goes on once it was run', async () => {
    const ui = built();
    const { page } = ui;
    let approved = false;
    await ui.visit({
      refuse: () =>
        approved
          ? undefined
          : {
              code: 'NOT_PAIRED',
              message: 'pairing required: device is not approved yet',
              details: { code: 'PAIRING_REQUIRED', requestId: 'req-7', pauseReconnect: false },
            },
    });
    await ui.signIn();
    await page.getByRole('heading', { name: 'This browser is not paired yet' }).waitFor();
    await page.getByText('openclaw devices approve req-7').waitFor();
    approved = true;
    await ui.field().waitFor();
  });

  test('signing out forgets the token', async () => {
    const ui = built();
    const { page } = ui;
    await ui.visit({}, '#token=secret');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Gateway token or password').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

describe('talking', () => {
  test('a message is sent with the keyboard and its answer is written piece by piece', async () => {
    const ui = built();
    const { page, complaints } = ui;
    await ui.visit({}, '#token=secret');
    await ui.field().fill('Tell me');
    await ui.field().press('Enter');
    await ui.talk().getByText('Tell me').waitFor();
    await ui.talk().getByText('The first half').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await ui.talk().getByText('The first half, and the second.').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('status').allTextContents()).toContain(
      'Assistant: The first half, and the second.',
    );
    expect(await ui.field().inputValue()).toBe('');
    expect(complaints).toEqual([]);
  });

  test('everything can be done with the keyboard, in the order one reads', async () => {
    const ui = built();
    const { page } = ui;
    await ui.visit();
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
    expect(await ui.field().inputValue()).toBe('one\ntwo');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.evaluate(() => document.querySelector<HTMLElement>('.skip')?.focus());
    const order: string[] = [];
    for (let step = 0; step < 13; step += 1) {
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
      'Allow always',
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
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({}, '#token=secret');
    await ui.field().fill('wait for ever');
    await ui.field().press('Enter');
    await page.getByRole('button', { name: 'Stop' }).click();
    await ui.talk().getByText('Stopped.').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: 'Empty it' }).click();
    await ui.talk().getByText('Nothing said yet').waitFor();
    expect(gateway.requests.map(({ method }) => method)).toContain('sessions.reset');
  });

  test('a message written while the gateway restarts arrives once', async () => {
    const ui = built();
    const { page, gateway } = ui;
    let away = false;
    await ui.visit(
      {
        refuse: () =>
          away
            ? { code: 'UNAVAILABLE', message: 'starting', retryable: true, retryAfterMs: 100 }
            : undefined,
      },
      '#token=secret',
    );
    await ui.field().waitFor();
    away = true;
    gateway.clients[0]?.drop();
    await page.getByText('Reconnecting').waitFor();
    await ui.field().fill('Are you there?');
    await ui.field().press('Enter');
    await ui.talk().getByText('sending').waitFor();
    away = false;
    await ui.talk().getByText('The first half, and the second.').waitFor();
    expect(await ui.talk().getByText('Are you there?').count()).toBe(1);
    const sends = gateway.requests.filter(({ method }) => method === 'chat.send');
    expect(sends).toHaveLength(1);
  });

  test('P30.04: a hostile answer is inert text', async () => {
    const ui = built();
    const { page, complaints } = ui;
    await ui.visit({}, '#token=secret');
    await ui.field().fill('attack');
    await ui.field().press('Enter');
    await ui.talk().getByText('end of attack').waitFor();
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
    expect(await ui.talk().locator('img, script, iframe, svg, [onerror], [style]').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe.each([
  { look: 'light', colorScheme: 'light', viewport: { width: 1200, height: 800 } },
  { look: 'dark', colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
  { look: 'small', colorScheme: 'light', viewport: { width: 380, height: 720 } },
] as const)('$look', ({ colorScheme, viewport }) => {
  test('nothing is out of reach: axe finds no violation, the page does not scroll sideways', async () => {
    const ui = built();
    const { page, complaints } = ui;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await ui.visit();
    await page.getByRole('heading', { name: 'Portcullis' }).waitFor();
    expect(await ui.violations()).toEqual([]);
    await ui.signIn();
    await ui.field().fill('Tell me');
    await ui.field().press('Enter');
    await ui.talk().getByText('The first half, and the second.').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
    expect(await ui.violations()).toEqual([]);
    if (viewport.width < 500) {
      await page.getByRole('button', { name: 'Sessions' }).click();
      await page.getByRole('navigation', { name: 'Sessions' }).waitFor();
      expect(await ui.violations()).toEqual([]);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(viewport.width);
    expect(complaints).toEqual([]);
  });
});
