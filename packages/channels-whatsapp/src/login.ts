/**
 * Linking an account with a phone, and ending that.
 *
 * @module
 */
import { pause } from '@portcullis/channel-kit';
import { PortcullisError } from '@portcullis/core';
import { Connection, type Ending, type Ground } from './connection.ts';
import { ownId, selfOf } from './identity.ts';

/** How often a login is begun again after a fault. The codes of one attempt last a few minutes. */
const ATTEMPTS = 3;

/** Ends the channel. */
export function fatal(ending: Ending): PortcullisError {
  return new PortcullisError(ending.code ?? 'whatsapp.unreachable', ending.why, {
    ...(ending.hint === undefined ? {} : { hint: ending.hint }),
    retryable: ending.code === undefined,
  });
}

function aborted(): PortcullisError {
  return new PortcullisError(
    'whatsapp.login_ended',
    'The login was ended before it was complete.',
    {
      hint: 'Start it again: openclaw channels login whatsapp',
    },
  );
}

/** The error of an account without a login. */
export function notLinked(): PortcullisError {
  return new PortcullisError('whatsapp.not_linked', 'No phone has linked this WhatsApp account.', {
    hint: 'Link it: openclaw channels login whatsapp',
  });
}

/** The phone number of the account, once it is linked. */
export function identityOf({ vault }: Ground): { readonly identity?: string } {
  const { me } = vault.creds;
  return vault.isLinked && me !== undefined ? { identity: ownId(selfOf(me)) } : {};
}

/**
 * Nobody is there to take messages: whatever comes is not acknowledged, and comes again when the
 * channel runs.
 */
function deafen({ socket }: Connection): void {
  for (const what of ['message', 'notification', 'receipt', 'call']) {
    socket.ws.removeAllListeners(`CB:${what}`);
  }
}

/** Connects once and waits until we are logged in, or why not. */
async function connectOnce(
  ground: Ground,
  signal: AbortSignal,
  qr?: (text: string) => void,
): Promise<Ending | undefined> {
  const connection = new Connection(ground, {
    made: deafen,
    ...(qr === undefined ? {} : { qr }),
  });
  const stop = () => void connection.close();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const ending = await Promise.race([connection.opened.then(() => undefined), connection.over]);
    return ending;
  } finally {
    signal.removeEventListener('abort', stop);
    await connection.close();
  }
}

/**
 * Links the account with a phone. `show` gets the text of a QR code, and again whenever the server
 * replaces it.
 *
 * Throws `whatsapp.login_ended`, `whatsapp.login_expired` and the codes that end a channel.
 */
export async function login(
  ground: Ground,
  show: (qr: string) => void,
  signal: AbortSignal,
): Promise<{ readonly identity?: string }> {
  const { vault, timings } = ground;
  if (!vault.isLinked) vault.renew();
  let faults = 0;
  while (!signal.aborted) {
    let shown = false;
    const ending = await connectOnce(ground, signal, (text) => {
      shown = true;
      if (!signal.aborted) show(text);
    });
    if (ending === undefined) return identityOf(ground);
    if (signal.aborted) break;
    if (ending.next === 'restart') continue;
    if (ending.next === 'forget') vault.renew();
    else if (ending.code !== undefined) throw fatal(ending);
    faults += 1;
    if (shown || faults >= ATTEMPTS) {
      throw shown
        ? new PortcullisError('whatsapp.login_expired', 'Nobody scanned the code in time.', {
            hint: 'Start again and scan it within a few minutes.',
            retryable: true,
          })
        : fatal(ending);
    }
    await pause(timings.backoffMinMs, signal);
  }
  throw aborted();
}

/** Asks the server whether it takes our login. Throws what the server's answer means. */
export async function probe(
  ground: Ground,
  signal: AbortSignal,
): Promise<{ readonly identity?: string }> {
  if (!ground.vault.isLinked) throw notLinked();
  const ending = await connectOnce(ground, signal);
  if (ending !== undefined) throw fatal(ending);
  return identityOf(ground);
}

/** Unlinks the account on the server's side. */
export async function logout(ground: Ground, signal: AbortSignal): Promise<void> {
  if (!ground.vault.isLinked) return;
  const connection = new Connection(ground, { made: deafen });
  const stop = () => void connection.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ending = await Promise.race([connection.opened.then(() => undefined), connection.over]);
    if (ending?.next === 'forget') return;
    if (ending !== undefined) throw fatal(ending);
    await connection.within(async (socket) => await socket.logout());
    await Promise.race([connection.over, pause(1000, signal)]);
  } finally {
    signal.removeEventListener('abort', stop);
    await connection.close();
  }
}
