/**
 * `openclaw channels login whatsapp` with the real package and its unmodified library, against a
 * WhatsApp in this process, without a gateway.
 */
import { fakeWhatsApp } from '@portcullis/testkit/fake-whatsapp';
import { expect, onTestFinished, test } from 'vitest';

import { Home } from '../call.ts';
import { GATEWAY, run } from '../local.ts';

test('a phone that scans the code links the account, and a logout takes it off the phone again', async () => {
  const whatsapp = await fakeWhatsApp();
  onTestFinished(() => whatsapp.close());
  const home = new Home().write(
    `{ ${GATEWAY}, channels: { whatsapp: { socketUrl: '${whatsapp.url}', dangerouslySkipSignatureChecks: true } } }`,
  );
  const scans: Promise<void>[] = [];
  const login = await run(home, 'channels login whatsapp --json', {
    onWrite: (text) => {
      const { event, qr } = JSON.parse(text) as { event?: string; qr?: string };
      if (event === 'qr' && qr !== undefined) scans.push(whatsapp.scan(qr));
    },
  });
  await Promise.all(scans);
  expect(login).toMatchObject({ code: 0, stderr: '' });
  const linked = JSON.parse(login.stdout.trim().split('\n').at(-1) ?? '{}');
  expect(linked).toMatchObject({ ok: true, event: 'linked', channel: 'whatsapp' });
  expect(linked.identity).toMatch(/^\+\d+$/u);
  // Linked already: nobody is asked to scan again.
  const again = await run(home, 'channels login whatsapp --json');
  expect(again.stdout.trim().split('\n')).toHaveLength(1);
  const out = await run(home, 'channels logout whatsapp -y --json');
  expect(JSON.parse(out.stdout)).toMatchObject({
    cleared: true,
    loggedOut: true,
    network: 'ended',
  });
}, 30_000);
