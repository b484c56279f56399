import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { type Bench, startBench } from '../server/clients.ts';
import { configText, createFakeServices, TOKEN } from '../server/fake-services.ts';

let bench: Bench;
let folders: { dispose(): Promise<void> };

afterEach(async () => {
  await bench.close();
  await folders.dispose();
});

const HTML = '<!doctype html><script src="/assets/app-1a2b3c4d.js"></script><a href="//x">x</a>';

/** Serves a page below a path. Resolves with its directory. */
async function open(basePath: string): Promise<string> {
  const outside = await createFakeServices();
  folders = outside;
  const page = join(outside.directory, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), HTML);
  writeFileSync(join(page, 'assets/app-1a2b3c4d.js'), 'export {};');
  writeFileSync(join(outside.directory, 'secret.txt'), 'secret');
  bench = await startBench({ controlUi: page, config: configText({ controlUi: { basePath } }) });
  return page;
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${bench.http}${path}`, { headers, redirect: 'manual' });
}

describe('a page below a path', () => {
  test.each(['/ui', '/ui/'])('is there, with its files and views (%s)', async (basePath) => {
    await open(basePath);
    for (const path of ['/ui/', '/ui/chat', '/ui/settings/gateway']) {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([
        200,
        HTML.replace('"/assets', '"/ui/assets'),
      ]);
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
    }
    expect(await (await get('/ui/assets/app-1a2b3c4d.js')).text()).toBe('export {};');
  });

  test('is nowhere else, and the root leads to it', async () => {
    await open('/ui');
    for (const path of ['/', '/ui']) {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/ui/']);
    }
    for (const path of ['/chat', '/assets/app-1a2b3c4d.js', '/uix', '/ui2/']) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await get('/health')).status).toBe(200);
  });

  test('is told where it is, when it says who it is', async () => {
    await open('/ui');
    for (const path of ['/control-ui-config.json', '/ui/control-ui-config.json']) {
      expect((await get(path)).status).toBe(401);
      const answer = await get(path, { authorization: `Bearer ${TOKEN}` });
      expect(await answer.json()).toMatchObject({ basePath: '/ui' });
    }
  });

  test('P06.06: serves no file that became a link since it was listed', async () => {
    const page = await open('/ui');
    expect((await get('/ui/')).status).toBe(200);
    const file = join(page, 'assets/app-1a2b3c4d.js');
    rmSync(file);
    symlinkSync('../../secret.txt', file);
    expect((await get('/ui/assets/app-1a2b3c4d.js')).status).toBe(404);
    rmSync(file);
    renameSync(join(page, 'assets'), join(page, 'elsewhere'));
    mkdirSync(join(page, '../outside'));
    writeFileSync(join(page, '../outside/app-1a2b3c4d.js'), 'secret');
    symlinkSync('../outside', join(page, 'assets'));
    expect((await get('/ui/assets/app-1a2b3c4d.js')).status).toBe(404);
  });
});
