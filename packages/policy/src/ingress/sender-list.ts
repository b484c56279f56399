/**
 * Allow lists: how entries are read, and whether a sender is on one.
 *
 * @module
 */
import { Memo } from '../config/memo.ts';
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { type Section, isChannelId, rootSection, subsection, within } from '../config/shape.ts';
import { InvalidSetting, type Setting, asList, isObject, own } from '../setting.ts';
import { canonicalSender, formedChannels } from '../identity/sender.ts';

const senderLists = defineKeeping(() => new Memo<SenderList>());

/** How a list knows a sender: by an entry of his own, by `*`, or not at all. */
export type SenderMatch = 'none' | 'explicit' | 'wildcard';

/** The facts about a sender that lists are compared with. */
export interface ListedIdentity {
  /** Canonical id. Without one only `*` matches. */
  readonly id: string | undefined;
  /** User name and display name; compared only where names are dangerously allowed. */
  readonly names: readonly string[];
}

/** A list ready to be asked. */
export interface SenderList {
  /** Entries as written, before any of them was read. */
  readonly length: number;
  readonly ids: ReadonlySet<string>;
  /** How many entries are `*`. */
  readonly wildcards: number;
  readonly names: ReadonlySet<string>;
  /** Names of access groups whose members only the network knows. */
  readonly audiences: readonly string[];
}

/** The list that is in force, after the rule that an account cannot publish what the root restricts. */
export interface EffectiveList {
  readonly path: string;
  readonly length: number;
  readonly wildcard: boolean;
  readonly parts: readonly SenderList[];
}

/** How a list is read. */
export interface ListReading {
  readonly channel: string;
  /** Whether entries may be names. */
  readonly names: boolean;
  /**
   * True for a list that serves several channels, where an entry for another channel must not be
   * taken for an id of this one.
   */
  readonly mixed?: boolean;
}

/** Reads the list at `setting`. Not a list, or a number that has lost digits: unreadable. */
export function readSenderList(
  config: CompiledConfig,
  setting: Setting,
  reading: ListReading,
): SenderList {
  const entries = asList(setting);
  if (entries === undefined) throw new InvalidSetting(setting.path);
  const tag = `${reading.channel} ${reading.names} ${reading.mixed ?? false}`;
  return kept(config, senderLists).get(entries, tag, () => {
    const builder = new ListBuilder(config, reading);
    builder.addAll(entries, setting.path, { outermost: true, mixed: reading.mixed ?? false });
    return builder.list(entries.length);
  });
}

/** Where an entry stands: `*` and access groups count only in the list itself. */
interface Place {
  readonly outermost: boolean;
  readonly mixed: boolean;
}

class ListBuilder {
  private readonly config: CompiledConfig;
  private readonly reading: ListReading;
  private readonly ids: Set<string> = new Set();
  private readonly names: Set<string> = new Set();
  private readonly audiences: string[] = [];
  private wildcards = 0;

  constructor(config: CompiledConfig, reading: ListReading) {
    this.config = config;
    this.reading = reading;
  }

  list(length: number): SenderList {
    const { ids, names, audiences, wildcards } = this;
    return { length, ids, names, audiences, wildcards };
  }

  addAll(entries: readonly unknown[], path: string, place: Place): void {
    entries.forEach((entry, index) => {
      if (typeof entry === 'number' && !Number.isSafeInteger(entry)) {
        throw new InvalidSetting(`${path}.${index}`);
      }
      if (typeof entry === 'string' || typeof entry === 'number') {
        this.add(String(entry).trim(), place);
      }
    });
  }

  private add(entry: string, { outermost, mixed }: Place): void {
    if (entry === '') return;
    if (entry === '*') {
      if (outermost) this.wildcards += 1;
      return;
    }
    if (entry.startsWith(ACCESS_GROUP)) {
      if (outermost) this.addGroup(entry.slice(ACCESS_GROUP.length));
      return;
    }
    const { channel } = this.reading;
    if (mixed && isForAnotherChannel(channel, entry)) return;
    const id = canonicalSender(channel, entry);
    if (id !== undefined) this.ids.add(id);
    else if (this.reading.names && comparableName(entry) !== '') {
      this.names.add(comparableName(entry));
    }
  }

  /** Members of an access group. A missing group or one of an unknown type has none. */
  private addGroup(name: string): void {
    const groups = within(rootSection(this.config), 'accessGroups');
    const group = own(groups.value, name);
    const type = own(group, 'type');
    if (type === 'discord.channelAudience') {
      if (this.reading.channel === 'discord') this.audiences.push(name);
      return;
    }
    if (type !== 'message.senders' || !isObject(group)) return;
    const members = subsection({ value: group, path: `${groups.path}.${name}` }, 'members');
    if (members === undefined) return;
    this.addMembers(members, '*', true);
    this.addMembers(members, this.reading.channel, false);
  }

  private addMembers(members: Section, key: string, mixed: boolean): void {
    const setting = within(members, key);
    this.addAll(asList(setting) ?? [], setting.path, { outermost: false, mixed });
  }
}

const ACCESS_GROUP = 'accessGroup:';

/**
 * Whether an entry of a list shared between channels is meant for another one. Where ids have a
 * known form a foreign prefix cannot be read anyway; elsewhere `telegram:42` would be a legal id,
 * which a stranger could choose.
 */
function isForAnotherChannel(channel: string, entry: string): boolean {
  if (formedChannels.has(channel)) return false;
  const colon = entry.indexOf(':');
  if (colon < 0) return false;
  const prefix = entry.slice(0, colon).toLowerCase();
  return prefix !== channel.toLowerCase() && isChannelId(prefix);
}

function comparableName(name: string): string {
  const trimmed = name.trim().toLowerCase();
  return trimmed.startsWith('@') ? trimmed.slice(1) : trimmed;
}

/**
 * The list in force where an account's list replaces the root's. When the root restricts (has no
 * `*`), a `*` of the account stands for the root's entries only.
 */
export function effectiveList(
  root: { readonly list: SenderList; readonly path: string } | undefined,
  account: { readonly list: SenderList; readonly path: string } | undefined,
): EffectiveList | undefined {
  const chosen = account ?? root;
  if (chosen === undefined) return undefined;
  const { list, path } = chosen;
  if (account !== undefined && root !== undefined && list.wildcards > 0) {
    if (root.list.wildcards === 0) {
      const length = list.length - list.wildcards + root.list.length;
      return { path, length, wildcard: false, parts: [list, root.list] };
    }
  }
  return { path, length: list.length, wildcard: list.wildcards > 0, parts: [list] };
}

/** A list that stands alone, as an effective one. */
export function standalone(list: SenderList, path: string): EffectiveList {
  return { path, length: list.length, wildcard: list.wildcards > 0, parts: [list] };
}

/** Whether `list` knows `sender`. An entry of his own counts before `*`. */
export function matchSender(
  list: EffectiveList,
  sender: ListedIdentity,
  audience: unknown,
): SenderMatch {
  if (sender.id !== undefined) {
    for (const part of list.parts) {
      if (part.ids.has(sender.id) || isNamedOn(part, sender, audience)) return 'explicit';
    }
  }
  return list.wildcard ? 'wildcard' : 'none';
}

/** Whether `list` knows `sender` by something else than his id. */
function isNamedOn(list: SenderList, sender: ListedIdentity, audience: unknown): boolean {
  const { names, audiences } = list;
  return (
    (names.size > 0 && sender.names.some((name) => names.has(comparableName(name)))) ||
    audiences.some((name) => own(audience, name) === true)
  );
}
