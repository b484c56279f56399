/**
 * The real Control UI of the `openclaw` package in Chromium, against our gateway.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { chromium } from 'playwright-core';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const BROWSERS = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** Serves a built page: its files, and its index for everything else. */
async function servePage(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://page');
    const wanted = join(folder, normalize(pathname));
    const isFile = wanted.startsWith(folder) && existsSync(wanted) && statSync(wanted).isFile();
    if (!isFile && extname(pathname) !== '') {
      response.writeHead(404).end();
      return;
    }
    const file = isFile ? wanted : join(folder, 'index.html');
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    const content = readFileSync(file);
    // Its files are named relative to where it is mounted, whatever page of it is asked for.
    const isPage = file.endsWith('.html');
    response.end(isPage ? String(content).replace('<head>', '<head><base href="/">') : content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What the page asks the gateway, and what it is answered. */
function listen(page) {
  const asked = new Map();
  const refused = new Map();
  const answered = new Set();
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const { type, id, method } = parse(payload);
      if (type === 'req') asked.set(id, method);
    });
    socket.on('framereceived', ({ payload }) => {
      const { type, id, ok, error } = parse(payload);
      if (type !== 'res') return;
      const method = asked.get(id) ?? '?';
      if (ok) answered.add(method);
      else refused.set(method, error?.message ?? '');
    });
  });
  /** The methods of `wanted` that were not answered, after some time for it. */
  const missing = async (wanted) => {
    const left = () => wanted.filter((method) => !answered.has(method));
    for (let tries = 0; tries < 100 && left().length > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return left();
  };
  return { answered, refused, missing };
}

/** Waits for a text to be on the page. */
function shows(page, text, timeout = 15_000) {
  return page
    .getByText(text)
    .locator('visible=true')
    .first()
    .waitFor({ timeout })
    .then(
      () => true,
      () => false,
    );
}

async function chat(page, report, printed) {
  const composer = page.locator('textarea:visible').last();
  const isThere = await composer.waitFor({ timeout: 30_000 }).then(
    () => true,
    () => false,
  );
  report('Control UI: the chat page is there', isThere, await printed());
  if (!isThere) return;
  await composer.fill('hello from the page');
  await composer.press('Enter');
  report('Control UI: chats', await shows(page, /loud and clear/u), await printed());
  await page.reload();
  const again = await shows(page, /loud and clear/u);
  report('Control UI: the transcript is there after a reload', again, await printed());
  await composer.fill('run touch page.txt');
  await composer.press('Enter');
  report(
    'Control UI: shows what waits for approval',
    await shows(page, /touch page\.txt/u),
    await printed(),
  );
  const allow = page.getByRole('button', { name: /allow once/iu }).first();
  const isAsked = await allow.waitFor({ timeout: 15_000 }).then(
    () => true,
    () => false,
  );
  report('Control UI: offers to allow it', isAsked, await printed());
  if (isAsked) await allow.click();
  report('Control UI: the answer counts', await shows(page, /The command ended/u), await printed());
}

/** Pages with something on them that only the gateway can have told. */
const PAGES = [
  ['/sessions', /main/iu, ['sessions.list']],
  ['/settings/ai-agents', /Agent configurations/iu, ['config.get', 'config.schema']],
  ['/settings/infrastructure', /gateway/iu, ['config.get', 'config.schema']],
  ['/settings/approvals', /touch page/iu, ['approval.history']],
  ['/settings/devices', /device/iu, ['device.pair.list']],
  ['/logs', /gateway: started/u, ['logs.tail']],
  ['/cron', /automation|cron/iu, ['cron.list']],
  ['/usage', /usage/iu, []],
];

/** Drives the page. */
export async function tryPage(world, packageFolder, report) {
  const executablePath = BROWSERS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) {
    report('Control UI: Chromium is there (CHROMIUM_PATH names another)', false, '');
    return;
  }
  const site = await servePage(join(packageFolder, 'dist/control-ui'));
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  const heard = listen(page);
  const printed = async () => {
    const text = await page.innerText('body').catch(() => '');
    return [...complaints, ...[...heard.refused].map((each) => each.join(': ')), text].join('\n');
  };
  try {
    const address = (path) =>
      `${site.url}${path}?gatewayUrl=${encodeURIComponent(world.socketUrl)}#token=${world.token}`;
    await page.goto(address('/chat'));
    // Connecting somewhere else than where the page came from has to be confirmed.
    const confirm = page.getByRole('button', { name: /^switch to/iu }).first();
    await confirm.click({ timeout: 20_000 }).catch(() => undefined);
    await chat(page, report, printed);
    for (const [path, text, methods] of PAGES) {
      await page.goto(`${site.url}${path}`);
      const isThere = await shows(page, text);
      const missing = await heard.missing(methods);
      report(
        `Control UI: ${path}`,
        isThere && missing.length === 0,
        `${missing.join(' ')}\n${await printed()}`,
      );
      if (process.env.TRY_SHOTS !== undefined) {
        await page.screenshot({
          path: join(process.env.TRY_SHOTS, `${path.replaceAll('/', '_')}.png`),
        });
      }
    }
    report('Control UI: nothing was thrown', complaints.length === 0, complaints.join('\n'));
    console.log(
      `       asked and refused: ${[...heard.refused].map((each) => each.join(': ')).join('\n         ')}`,
    );
  } finally {
    await browser.close();
    site.close();
  }
}
