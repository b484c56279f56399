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
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { build } from 'vite';

import { openBrowser } from './browser.ts';
import { type FakeGateway, type Script, startFakeGateway } from './gateway.ts';
import { createScript } from './script.ts';

const ROOT = join(import.meta.dirname, '../..');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page of its own for each test, with what one does on it. */
export class BuiltPage {
  /** Everything the browser complained about: content policy, errors, failed loads. */
  readonly complaints: string[] = [];
  readonly page: Page;
  readonly gateway: FakeGateway;
  /** The directory of the built page. */
  readonly pages: string;

  constructor(page: Page, gateway: FakeGateway, pages: string) {
    this.page = page;
    this.gateway = gateway;
    this.pages = pages;
    page.on('console', (entry) => {
      if (entry.type() === 'error' || entry.type() === 'warning') {
        this.complaints.push(entry.text());
      }
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Opens the page, before a gateway that behaves as the script says. */
  async visit(script: Script = {}, hash = ''): Promise<void> {
    Object.assign(this.gateway.script, script);
    await this.page.goto(this.gateway.pageUrl + hash);
  }

  async signIn(token = 'secret'): Promise<void> {
    await this.page.getByLabel('Gateway token or password').fill(token);
    await this.page.getByRole('button', { name: 'Connect' }).click();
  }

  /** Where one writes. */
  field(): Locator {
    return this.page.getByLabel('Message', { exact: true });
  }

  /** What was said. */
  talk(): Locator {
    return this.page.getByRole('region', { name: 'Conversation' });
  }

  /** What waits for an answer. */
  panel(): Locator {
    return this.page.getByRole('region', { name: 'Waiting for your answer' });
  }

  /** Answers to questions that reached the gateway. */
  answers(): readonly unknown[] {
    return this.gateway.requests
      .filter(({ method }) => method === 'exec.approval.resolve')
      .map(({ params }) => params);
  }

  /** Violations axe finds, by rule. */
  async violations(): Promise<readonly string[]> {
    // Evaluated by the debugger: the content policy rightly keeps foreign scripts off the page.
    await this.page.evaluate(readFileSync(AXE, 'utf8'));
    return this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations: found } = await axe.run();
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
  }
}

/** Builds the page once for the tests of a file; gives the page of the test that runs. */
export function useBuiltPage(): () => BuiltPage {
  let pages: string;
  let browser: Browser;
  let current: BuiltPage;

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
    const gateway = await startFakeGateway({ pages, ...createScript() });
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    current = new BuiltPage(page, gateway, pages);
  }, 60_000);

  afterEach(async () => {
    await current.page.context().close();
    await current.gateway.close();
  });

  return () => current;
}
