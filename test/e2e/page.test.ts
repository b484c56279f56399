/**
 * The chat page, in a real browser, served by and talking to the real gateway.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type BrowserContext, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type GatewayCommand, runGateway } from './openclaw.ts';
import { type World, createWorld, lastUserText, until } from './world.ts';

const TOKEN = 'e2e-token-of-sufficient-length-0001';

let world: World;
let gateway: GatewayCommand;
let profile: string;
let browser: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  world = await createWorld(
    (request) => `I heard: **${lastUserText(request)}** <img src=x onerror=alert(1)>`,
  );
  gateway = await runGateway(world.env);
  profile = mkdtempSync(join(tmpdir(), 'portcullis-profile-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    args: ['--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  page = await browser.newPage();
  page.on('console', (entry) => {
    if (entry.type() === 'error') complaints.push(entry.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
}, 60_000);

afterAll(async () => {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
  gateway.child.kill('SIGKILL');
  await world.close();
});

describe('the chat page', () => {
  test('asks for the token, and is answered as the model streams', async () => {
    await page.goto(gateway.url);
    await page.getByLabel('Gateway token or password').fill(TOKEN);
    await page.getByRole('button', { name: 'Connect' }).click();
    const field = page.getByLabel('Message', { exact: true });
    await field.fill('good morning');
    await field.press('Enter');
    const talk = page.getByRole('region', { name: 'Conversation' });
    await talk.getByText('I heard:').waitFor();
    expect(await talk.locator('strong').last().textContent()).toBe('good morning');
    expect(await talk.locator('img').count()).toBe(0);
    expect(page.url()).not.toContain(TOKEN);
    expect(complaints).toEqual([]);
  });

  test('shows who asks to be let in, and lets them in', async () => {
    const person = world.telegram.addUser({ firstName: 'Ada' });
    world.telegram.userSends({ from: person, text: 'hello' });
    await until(() => world.telegram.sentTo(person).length === 1, 'a pairing code');
    await page.reload();
    await page
      .getByRole('button', { name: /^Approve/u })
      .first()
      .click({ timeout: 15_000 });
    await until(() => world.telegram.sentTo(person).length === 2, 'a welcome', 15_000);
    expect(world.telegram.sentTo(person)[1]?.text).toContain('approved');
  });
});
