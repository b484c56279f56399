/**
 * Who somebody is: the canonical form of a sender id, per chat network.
 *
 * Two spellings of one person must be equal and two people must never be. What does not have the
 * form of its network's stable ids is nobody: it matches no list.
 *
 * @module
 */

const CONTROL = /\p{Cc}/u;
const ZERO = '0'.charCodeAt(0);
const PHONE = /^\+?([1-9][0-9]{6,14})$/;
const WHATSAPP_JID = /^([0-9]{1,20})(?::[0-9]{1,5})?@(s\.whatsapp\.net|c\.us|lid)$/i;
const WHATSAPP_LID = /^lid:([0-9]{1,20})$/i;
const UUID = /^(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const DISCORD_ID = /^(?:<@!?([1-9][0-9]{4,20})>|([1-9][0-9]{4,20}))$/;
const SLACK_ID = /^(?:<@([UWB][A-Z0-9]{2,20})>|([UWB][A-Z0-9]{2,20}))$/i;

/** Channels whose ids have a known form. On any other channel ids compare code point by code point. */
export const formedChannels: ReadonlySet<string> = new Set([
  'telegram',
  'whatsapp',
  'signal',
  'discord',
  'slack',
]);

/**
 * The canonical form of a sender id or of an allow-list entry, or undefined when it is not an id of
 * that channel.
 *
 * @example
 * ```ts
 * canonicalSender('whatsapp', '15551234567@s.whatsapp.net'); // '+15551234567'
 * canonicalSender('telegram', 'tg:42'); // '42'
 * canonicalSender('telegram', '@alice'); // undefined: names can be taken over
 * ```
 */
export function canonicalSender(channel: string, id: unknown): string | undefined {
  // The common case, which needs neither trimming nor an expression.
  if (channel === 'telegram' && isTelegramId(id)) return id;
  const text = idText(id);
  if (text === undefined) return undefined;
  switch (channel) {
    case 'telegram': {
      const plain = withoutPrefix(text.trim(), ['telegram:', 'tg:']);
      return isTelegramId(plain) ? plain : undefined;
    }
    case 'whatsapp':
      return whatsappId(withoutPrefix(text.trim(), ['whatsapp:']));
    case 'signal':
      return signalId(withoutPrefix(text.trim(), ['signal:']));
    case 'discord':
      return captured(DISCORD_ID, withoutPrefix(text.trim(), ['discord:', 'user:']));
    case 'slack':
      return captured(SLACK_ID, withoutPrefix(text.trim(), ['slack:', 'user:']))?.toUpperCase();
    default:
      return plainId(channel, text);
  }
}

/** An id as text: a string, or an integer that has not lost digits. */
export function idText(id: unknown): string | undefined {
  if (typeof id === 'number') return Number.isSafeInteger(id) ? String(id) : undefined;
  return typeof id === 'string' && id.trim() !== '' ? id : undefined;
}

/** `+` and digits when `id` is a telephone number in international form. */
export function phoneNumber(id: string): string | undefined {
  return id.startsWith('+') ? e164(id) : undefined;
}

function e164(text: string): string | undefined {
  const digits = PHONE.exec(text)?.[1];
  return digits === undefined ? undefined : `+${digits}`;
}

function spelledPhone(text: string): string | undefined {
  return text.length > 40 ? undefined : e164(text.replaceAll(/[ \-().]/g, ''));
}

function whatsappId(text: string): string | undefined {
  const lid = WHATSAPP_LID.exec(text)?.[1];
  if (lid !== undefined) return `lid:${lid}`;
  const [, user, server] = WHATSAPP_JID.exec(text) ?? [];
  if (user === undefined || server === undefined) return spelledPhone(text);
  return server.toLowerCase() === 'lid' ? `lid:${user}` : e164(user);
}

function signalId(text: string): string | undefined {
  return UUID.exec(text)?.[1]?.toLowerCase() ?? spelledPhone(text);
}

function plainId(channel: string, text: string): string | undefined {
  const prefixes = [`${channel}:`];
  const id = withoutPrefix(text, prefixes);
  // An id that still carries the prefix would change again when it is read back from a list.
  if (withoutPrefix(id, prefixes) !== id) return undefined;
  if (id.trim() === '' || CONTROL.test(id) || !id.isWellFormed()) return undefined;
  return id;
}

function withoutPrefix(text: string, prefixes: readonly string[]): string {
  if (!text.includes(':')) return text;
  for (const prefix of prefixes) {
    if (text.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase()) {
      return text.slice(prefix.length);
    }
  }
  return text;
}

/** One to twenty digits, the first of them not zero. */
function isTelegramId(id: unknown): id is string {
  if (typeof id !== 'string' || id.length > 20) return false;
  for (let index = 0; index < id.length; index += 1) {
    const digit = id.charCodeAt(index) - ZERO;
    if (digit < (index === 0 ? 1 : 0) || digit > 9) return false;
  }
  return id !== '';
}

function captured(form: RegExp, text: string): string | undefined {
  const found = form.exec(text);
  return found === null ? undefined : (found[1] ?? found[2]);
}
