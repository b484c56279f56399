/** What stands around the talk on the built page: sessions, requests to be let in, questions. */
import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';

import { useBuiltPage } from './fake/built-page.ts';
import { ASKED, createScript } from './fake/script.ts';

function isFocused(element: Element): boolean {
  return document.activeElement === element;
}

const built = useBuiltPage();

describe('around the chat', () => {
  test('sessions can be chosen and begun, the status line names model and channels', async () => {
    const ui = built();
    const { page } = ui;
    await ui.visit({}, '#token=secret');
    const sessions = page.getByRole('navigation', { name: 'Sessions' });
    await sessions.getByRole('button', { name: /Garden plans/ }).click();
    await ui.talk().getByText('When do I plant garlic?').waitFor();
    await sessions.getByRole('button', { name: 'New' }).click();
    await ui.talk().getByText('Nothing said yet').waitFor();
    await page.getByText('Model: offline/demo').waitFor();
    await page.getByText('Telegram: connected').waitFor();
  });

  test('a pairing request is approved by a click and disappears', async () => {
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({}, '#token=secret');
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
    const ui = built();
    const { page } = ui;
    const { answer } = createScript();
    await ui.visit(
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
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({ scopes: ['operator.read', 'operator.write'] }, '#token=secret');
    await page.getByText('Model: offline/demo').waitFor();
    expect(await page.getByText('Waiting to be let in').count()).toBe(0);
    expect(gateway.requests.map(({ method }) => method)).not.toContain('channels.pairing.list');
  });
});

/** What every answer names: the question, and what was shown of it. */
const ABOUT = { id: '0123456789abcdef0123456789abcdef', digest: 'd1'.repeat(32) };

describe('a question of the agent', () => {
  test('P34.01: shows exactly what would happen, as text and whole', async () => {
    const ui = built();
    const { page, complaints } = ui;
    await ui.visit({}, '#token=secret');
    await ui.panel().getByText('The agent asks to send a message to somebody else').waitFor();
    await ui.panel().getByText('Only the owner sends to others.').waitFor();
    await ui.panel().getByText('agent:main:telegram:direct:42').waitFor();
    const subject = ui.panel().getByRole('region', { name: 'Exactly what would happen' });
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
    const ui = built();
    const { page } = ui;
    await ui.visit({}, '#token=secret');
    const allow = ui.panel().getByRole('button', { name: 'Allow once' });
    await allow.focus();
    for (const _ of ['Allow always', 'Deny']) await page.keyboard.press('Tab');
    expect(await ui.panel().getByRole('button', { name: 'Deny' }).evaluate(isFocused)).toBe(true);
    await page.keyboard.press('Enter');
    await ui.panel().waitFor({ state: 'detached' });
    expect(ui.answers()).toEqual([{ ...ABOUT, decision: 'deny' }]);
    expect(await ui.field().evaluate(isFocused)).toBe(true);
  });

  test('says what stands behind it, and can be allowed for good where that is offered', async () => {
    const ui = built();
    await ui.visit({}, '#token=secret');
    const story =
      'This session has read private data: workspace (2 times).\\u200b It wants to write.';
    await ui.panel().getByText(story).waitFor();
    await ui.panel().getByText(ABOUT.digest).waitFor();
    await ui.panel().getByRole('button', { name: 'Allow always' }).click();
    await ui.panel().waitFor({ state: 'detached' });
    expect(ui.answers()).toEqual([{ ...ABOUT, decision: 'allow-always' }]);
  });

  test('that was allowed for good is listed, whole, and taken back', async () => {
    const ui = built();
    const { page, gateway } = ui;
    const { answer } = createScript();
    const grant = {
      grantId: 'g1',
      effect: 'proc run',
      subject: JSON.stringify({ command: 'git status\u202e' }),
      agentId: 'main',
      sessionKey: 'agent:main:main',
      kind: 'exec',
      createdBy: 'telegram:7',
      createdAtMs: 1_772_366_400_000,
      useCount: 3,
    };
    await ui.visit(
      {
        answer: (method, params, client) => {
          if (method === 'exec.approval.grants.list') return { payload: { grants: [grant] } };
          if (method === 'exec.approval.grants.revoke') return { payload: { outcome: 'revoked' } };
          return answer?.(method, params, client);
        },
      },
      '#token=secret',
    );
    await page.getByText('Allowed for good (1)').click();
    await page.getByText('git status\\u202e').waitFor();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Allowed for good').waitFor({ state: 'detached' });
    expect(
      gateway.requests.find(({ method }) => method === 'exec.approval.grants.revoke')?.params,
    ).toEqual({ grantId: 'g1' });
  });

  test('has no button for an answer that is not offered', async () => {
    const ui = built();
    const { answer } = createScript();
    await ui.visit(
      {
        answer: (method, params, client) => {
          const told = answer?.(method, params, client);
          if (method !== 'exec.approval.list') return told;
          const text = JSON.stringify(told).replace('"allow-always",', '');
          return JSON.parse(text) as typeof told;
        },
      },
      '#token=secret',
    );
    await ui.panel().getByRole('button', { name: 'Allow once' }).waitFor();
    const buttons = await ui.panel().getByRole('button').allTextContents();
    expect(buttons).toEqual(['Allow once', 'Deny']);
  });

  test('comes and goes with the events, whoever answers it', async () => {
    const ui = built();
    const { page, gateway } = ui;
    const { answer } = createScript();
    let asks = false;
    await ui.visit(
      {
        answer: (method, params, client) =>
          method === 'exec.approval.list' && !asks
            ? { payload: [] }
            : answer?.(method, params, client),
      },
      '#token=secret',
    );
    await page.getByText('Model: offline/demo').waitFor();
    expect(await ui.panel().count()).toBe(0);
    asks = true;
    gateway.clients[0]?.emit('exec.approval.requested', {});
    await ui.panel().waitFor();
    await page.getByRole('status').getByText('The agent waits for your answer').waitFor();
    asks = false;
    gateway.clients[0]?.emit('exec.approval.resolved', {});
    await ui.panel().waitFor({ state: 'detached' });
    expect(ui.answers()).toEqual([]);
  });

  test('that was answered elsewhere says so', async () => {
    const ui = built();
    const { answer } = createScript();
    await ui.visit(
      {
        answer: (method, params, client) =>
          method === 'exec.approval.resolve'
            ? { error: { code: 'INVALID_REQUEST', message: 'approval already resolved' } }
            : answer?.(method, params, client),
      },
      '#token=secret',
    );
    await ui.panel().getByRole('button', { name: 'Allow once' }).click();
    await ui.panel().getByRole('alert').getByText('approval already resolved').waitFor();
  });

  test('is not asked for without the right to answer', async () => {
    const ui = built();
    const { page, gateway } = ui;
    await ui.visit({ scopes: ['operator.read', 'operator.write'] }, '#token=secret');
    await page.getByText('Model: offline/demo').waitFor();
    expect(await ui.panel().count()).toBe(0);
    expect(gateway.requests.map(({ method }) => method)).not.toContain('exec.approval.list');
  });
});

function asking(): Locator {
  return built().page.getByRole('region', { name: 'The agent asks' });
}

function resolved(): readonly unknown[] {
  return built()
    .gateway.requests.filter(({ method }) => method === 'question.resolve')
    .map(({ params }) => params);
}

describe('what the agent asks', () => {
  test('P25.01: is shown as text, and answered by a choice', async () => {
    const ui = built();
    await ui.visit(createScript({ asked: [ASKED] }), '#token=secret');
    await asking()
      .getByText('<img src=x onerror="globalThis.ran = 1"> Which \\u202eone?')
      .waitFor();
    await ui.page.getByRole('status').getByText('The agent asks you something').waitFor();
    expect(await ui.page.evaluate(() => 'ran' in globalThis)).toBe(false);
    expect(await ui.violations()).toEqual([]);
    await asking().getByRole('button', { name: '<b>blue</b>' }).click();
    await asking().waitFor({ state: 'detached' });
    expect(resolved()).toEqual([
      { id: ASKED.id, answers: { answers: { answer: ['<b>blue</b>'] } } },
    ]);
    expect(await ui.field().evaluate(isFocused)).toBe(true);
    expect(ui.complaints).toEqual([]);
  });

  test('is answered in words by keyboard, or not at all', async () => {
    const ui = built();
    const second = { ...ASKED, id: '0'.repeat(32) };
    const { answer } = createScript({ asked: [ASKED] });
    let rest: readonly object[] = [ASKED, second];
    await ui.visit(
      {
        answer: (method, params, client) => {
          if (method === 'question.list') return { payload: { questions: rest } };
          if (method === 'question.resolve') rest = rest.slice(1);
          return answer?.(method, params, client);
        },
      },
      '#token=secret',
    );
    await asking().getByLabel('Your answer').first().fill('green');
    await ui.page.keyboard.press('Enter');
    await asking().getByLabel('Your answer').nth(1).waitFor({ state: 'detached' });
    await asking().getByRole('button', { name: 'Do not answer' }).click();
    await asking().waitFor({ state: 'detached' });
    expect(resolved()).toEqual([
      { id: ASKED.id, answers: { answers: { answer: ['green'] } } },
      { id: second.id, cancel: true },
    ]);
  });

  test('comes and goes with the events, and a refusal is shown where one answered', async () => {
    const ui = built();
    const { answer } = createScript();
    let waits: readonly object[] = [];
    await ui.visit(
      {
        answer: (method, params, client) => {
          if (method === 'question.list') return { payload: { questions: waits } };
          return method === 'question.resolve'
            ? { error: { code: 'INVALID_REQUEST', message: 'question already resolved' } }
            : answer?.(method, params, client);
        },
      },
      '#token=secret',
    );
    await ui.page.getByText('Model: offline/demo').waitFor();
    expect(await asking().count()).toBe(0);
    waits = [ASKED];
    ui.gateway.clients[0]?.emit('question.requested', {});
    await asking().getByRole('button', { name: 'red' }).click();
    await asking().getByRole('alert').getByText('question already resolved').waitFor();
    waits = [];
    ui.gateway.clients[0]?.emit('question.resolved', {});
    await asking().waitFor({ state: 'detached' });
  });
});
