/**
 * Identity links: ids on several channels that the config says are one person.
 *
 * @module
 */
import { Memo } from '../config/memo.ts';
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { type Section, isChannelId, rootSection, subsection, within } from '../config/shape.ts';
import { canonicalSender, phoneNumber } from './sender.ts';
import { InvalidSetting, asList } from '../setting.ts';

/** Linked identity to its canonical name. */
const linkIndexes = defineKeeping(() => new Memo<ReadonlyMap<string, string>>());

/** Channels whose people are known by telephone number. A bare number links it on all of them. */
export const PHONE_CHANNELS: readonly string[] = ['whatsapp', 'signal', 'sms', 'imessage'];

/**
 * The name `id` (canonical) is linked under on `channel`, lower case, or undefined. A link map in
 * which one id or one name occurs twice cannot be read: whose session would it be?
 */
export function linkedName(
  config: CompiledConfig,
  channel: string,
  id: string,
): string | undefined {
  const links = subsection(rootSection(config), 'session', 'identityLinks');
  if (links?.value === undefined) return undefined;
  const index = kept(config, linkIndexes).get(links.value, 'links', () => indexLinks(links));
  return index.get(identity(channel, id));
}

/** All ids linked under `name`, as `[channel, canonical id]`. */
export function linkMembers(
  config: CompiledConfig,
  name: string,
): readonly (readonly [string, string])[] {
  const links = subsection(rootSection(config), 'session', 'identityLinks');
  if (links?.value === undefined) return [];
  const key = Object.keys(links.value).find((each) => each.toLowerCase() === name);
  return key === undefined ? [] : readMembers(links, key);
}

function indexLinks(links: Section): ReadonlyMap<string, string> {
  const index = new Map<string, string>();
  const names = new Set<string>();
  for (const key of Object.keys(links.value ?? {})) {
    const name = key.toLowerCase();
    if (name.trim() === '' || names.has(name)) throw new InvalidSetting(`${links.path}.${key}`);
    names.add(name);
    for (const [channel, id] of readMembers(links, key)) {
      const member = identity(channel, id);
      if ((index.get(member) ?? name) !== name) throw new InvalidSetting(`${links.path}.${key}`);
      index.set(member, name);
    }
  }
  return index;
}

function identity(channel: string, id: string): string {
  return JSON.stringify([channel, id]);
}

function readMembers(links: Section, key: string): readonly (readonly [string, string])[] {
  const setting = within(links, key);
  const entries = asList(setting);
  if (entries === undefined) throw new InvalidSetting(setting.path);
  return entries.flatMap((entry: unknown, index) => {
    if (typeof entry === 'number' && !Number.isSafeInteger(entry)) {
      throw new InvalidSetting(`${setting.path}.${index}`);
    }
    return typeof entry === 'string' ? readMember(entry.trim()) : [];
  });
}

/** `<channel>:<id>`, or a telephone number. Anything else names nobody in particular. */
function readMember(entry: string): readonly (readonly [string, string])[] {
  const phone = phoneNumber(entry);
  if (phone !== undefined) return PHONE_CHANNELS.map((channel) => [channel, phone] as const);
  const colon = entry.indexOf(':');
  if (colon < 0) return [];
  const prefix = entry.slice(0, colon).toLowerCase();
  const channel = prefix === 'tg' ? 'telegram' : prefix;
  if (!isChannelId(channel)) return [];
  const id = canonicalSender(channel, entry.slice(colon + 1));
  return id === undefined ? [] : [[channel, id] as const];
}
