/**
 * `openclaw node run`: this machine runs commands for a gateway elsewhere, under its own policy.
 *
 * @module
 */
import { hostname } from 'node:os';

import { Secret } from '@portcullis/core';
import { getPath } from '@portcullis/gateway/config';
import type { NodeCredentials, NodeNews } from '@portcullis/gateway/node-host';

import type { CommandHandler, Invocation } from '../../command.ts';
import { openConfig } from '@portcullis/gateway/local';
import { styled } from '../../terminal/style.ts';
import { readSetupCode } from './setup-code.ts';

const PRESET_URL = 'ws://127.0.0.1:18789';

/** Tells news once: a node that waits says the same every few seconds. */
function teller({ out, json }: Invocation): (news: NodeNews) => void {
  let last = '';
  return (news) => {
    const text = JSON.stringify(news);
    if (text === last && news.what !== 'asked') return;
    last = text;
    if (json) {
      out.jsonLine(news);
      return;
    }
    switch (news.what) {
      case 'waiting':
        out.line('Waiting to be let in. On the gateway:');
        out.line('  ', styled('bold', `openclaw devices approve ${news.requestId}`));
        return;
      case 'connected':
        out.line('Connected. What this node offers has to be approved once:');
        out.line('  ', styled('bold', 'openclaw nodes pending'));
        return;
      case 'lost':
        out.note(styled('dim', `No connection (${news.why}); trying again.`));
        return;
      default:
        out.note(styled('dim', `${new Date().toISOString()} ${news.command}: ${news.code}`));
    }
  };
}

/** What the node proves itself with before the gateway has given it a token of its own. */
async function credentialsOf(
  { context, doors }: Invocation,
  secrets: ReturnType<typeof openConfig>['secrets'],
  bootstrapToken: Secret | undefined,
): Promise<NodeCredentials> {
  if (bootstrapToken !== undefined) return { bootstrapToken };
  const token = secrets.resolve('gateway.remote.token', 'OPENCLAW_GATEWAY_TOKEN');
  const password = secrets.resolve('gateway.remote.password', 'OPENCLAW_GATEWAY_PASSWORD');
  if (token !== undefined) return { token };
  if (password !== undefined) return { password };
  if (context.stdin.isTTY !== true) return {};
  const typed = await doors.readSecret(
    'Token of the gateway (hidden; empty where the node is paired already): ',
  );
  return typed === '' ? {} : { token: new Secret(typed, 'the terminal') };
}

/** `openclaw node run`. */
export const runNode: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { config, secrets } = openConfig(context);
  const code = readSetupCode(context.env['OPENCLAW_SETUP_CODE']);
  const configured = getPath(config.value, 'gateway.remote.url');
  const url =
    input.text('url') ?? code?.url ?? (typeof configured === 'string' ? configured : PRESET_URL);
  const fingerprint = getPath(config.value, 'gateway.remote.tlsFingerprint');
  const name = input.text('display-name') ?? hostname();
  const credentials = await credentialsOf(invocation, secrets, code?.bootstrapToken);
  const { startNodeHost } = await import('@portcullis/gateway/node-host');
  process.umask(0o077);
  const host = startNodeHost({
    version: context.version,
    config: config.value,
    paths: context.paths,
    url,
    ...(typeof fingerprint === 'string' ? { fingerprint } : {}),
    credentials,
    displayName: name === '' ? 'node' : name.slice(0, 64),
    tell: teller(invocation),
  });
  if (json) out.jsonLine({ what: 'started', nodeId: host.nodeId, url });
  else out.line(`Node ${host.nodeId} for ${url}`);
  const stop = (): void => void host.stop();
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    await host.ended;
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
};
