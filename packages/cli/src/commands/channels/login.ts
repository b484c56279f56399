/**
 * `openclaw channels login`: links an account with an app of its owner, by a code that is drawn here
 * and scanned there.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import { KNOWN_CHANNELS, labelOf } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { wantedOf } from './control.ts';

type Login = MethodResult<'web.login.wait'>;

/** How long one question to the gateway may take; a code is renewed about this often. */
const WAIT_MS = 20_000;

/** A network that hands out tokens has nothing to scan. */
function requireLink(id: string): void {
  const known = KNOWN_CHANNELS.find((each) => each.id === id);
  if (known === undefined || known.wayIn.kind === 'link') return;
  throw new PortcullisError(
    'channel.no_login',
    `${known.label} has no login: an account of it is a token.`,
    {
      hint: `openclaw channels add ${id} asks for it; openclaw channels start ${id} connects an account that was stopped.`,
    },
  );
}

/** A code is for eyes, or for a program that asked for it: not for a log. */
function requireReader({ context, json }: Invocation): void {
  if (context.stdout.isTTY === true || json) return;
  throw new PortcullisError('usage.confirmation', 'A login code is only drawn on a terminal.', {
    hint: 'Run it on a terminal, or add --json to hand the code to another program.',
  });
}

async function draw({ out, json }: Invocation, { channel, qr }: Login, isFirst: boolean) {
  if (qr === undefined) return;
  if (json) {
    out.jsonLine({ event: 'qr', qr });
    return;
  }
  const { renderUnicodeCompact } = await import('uqr');
  out.line();
  for (const line of renderUnicodeCompact(qr, { ecc: 'L', border: 2 }).split('\n')) out.line(line);
  if (isFirst) {
    out.line(`Scan it with ${labelOf(channel)} on your phone: Settings, Linked devices.`);
    out.note('It is replaced every few seconds; the one at the bottom counts. Ctrl-C ends it.');
  }
}

/** Draws one code after another until the login is over. */
async function follow(
  invocation: Invocation,
  { ask }: OperatorSession,
  wanted: { readonly channel: string; readonly accountId?: string },
): Promise<Login> {
  const force = invocation.input.flag('force');
  let login: Login = await ask('web.login.start', { ...wanted, ...(force && { force }) });
  let shown: string | undefined;
  for (let isFirst = true; login.waiting;) {
    if (login.qrDataUrl !== undefined && login.qrDataUrl !== shown) {
      await draw(invocation, login, isFirst);
      isFirst = false;
      shown = login.qrDataUrl;
    }
    login = await ask('web.login.wait', {
      ...wanted,
      timeoutMs: WAIT_MS,
      ...(shown !== undefined && { currentQrDataUrl: shown }),
    });
  }
  return login;
}

function report({ out, json }: Invocation, login: Login, via: OperatorSession['via']): void {
  const { channel, accountId, identity, message } = login;
  if (json) {
    out.jsonLine({
      ok: true,
      event: 'linked',
      channel,
      accountId,
      ...(identity !== undefined && { identity }),
    });
    return;
  }
  out.line(`${labelOf(channel)} (${accountId}): ${message}`);
  out.line(
    via === 'local'
      ? 'Start the gateway: openclaw gateway run'
      : `See how it does: openclaw channels status ${channel}`,
  );
  out.note(`Take it back with: openclaw channels logout ${channel}`);
}

/** `openclaw channels login`. */
export const logIn: CommandHandler = async (invocation) => {
  const wanted = wantedOf(invocation);
  requireLink(wanted.channel);
  requireReader(invocation);
  await withOperator(
    invocation,
    async (session) => {
      const login = await follow(invocation, session, wanted).catch(async (error: unknown) => {
        // Whatever ended the command, nobody looks at the code any more.
        await session.tidy('web.login.cancel', wanted).catch(() => undefined);
        throw error;
      });
      if (login.connected) {
        report(invocation, login, session.via);
        return;
      }
      throw new PortcullisError('channel.login_ended', login.message, {
        hint: 'Run it again; --force ends the login there is and links anew.',
      });
    },
    { packages: true },
  );
};
