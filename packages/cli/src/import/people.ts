/**
 * Who was let in by pairing, out of files and database.
 *
 * @module
 */
import { type ConfigObject, isConfigObject } from '@portcullis/gateway/config';

import type { TheirDatabase } from './database.ts';
import { type Source, listSource, readSource } from './source.ts';

/** The people one account of a channel lets in. */
export interface PairedPeople {
  readonly channel: string;
  readonly account: string;
  readonly senders: readonly string[];
  readonly from: readonly ('file' | 'database')[];
}

/** Who was found, and what of it was not understood. */
export interface FoundPeople {
  readonly people: readonly PairedPeople[];
  /** A sentence each. */
  readonly left: readonly string[];
}

const NAME = /^([a-z0-9][a-z0-9_-]*)-allowFrom\.json$/u;
const PLAIN = /^[a-z0-9][a-z0-9_-]{0,63}$/u;

/** Reads `credentials/*-allowFrom.json` and adds what the database has. */
export function findPeople(
  source: Source,
  database: TheirDatabase,
  config: ConfigObject,
): FoundPeople {
  const left: string[] = [];
  const lists = new Map<string, { senders: Set<string>; from: Set<'file' | 'database'> }>();
  const add = (channel: string, account: string, sender: string, from: 'file' | 'database') => {
    const key = `${channel}/${account}`;
    const list = lists.get(key) ?? { senders: new Set(), from: new Set() };
    lists.set(key, list);
    if (sender !== '*') list.senders.add(sender);
    else left.push(`${key} let everybody in ("*"); pairing lets in people only.`);
    list.from.add(from);
  };
  for (const { name } of listSource(source, 'credentials')) {
    const stem = NAME.exec(name)?.[1];
    if (stem === undefined) continue;
    const { channel, account } = split(stem, config);
    const senders = sendersOf(source, `credentials/${name}`);
    if (typeof senders === 'string') left.push(`credentials/${name} was not taken: ${senders}.`);
    else for (const sender of senders) add(channel, account, sender, 'file');
  }
  if (database.kind === 'read') {
    for (const { channel, account, sender } of database.senders) {
      if (PLAIN.test(channel) && PLAIN.test(account)) add(channel, account, sender, 'database');
      else left.push('The database names a channel account that cannot be one.');
    }
  }
  const people = [...lists].map(([key, { senders, from }]) => {
    const [channel = '', account = ''] = key.split('/');
    return { channel, account, senders: [...senders], from: [...from] };
  });
  return { people: people.filter(({ senders }) => senders.length > 0), left };
}

/** `telegram-work` is the account `work` of telegram, unless a channel is called like that. */
function split(
  stem: string,
  { channels }: ConfigObject,
): { readonly channel: string; readonly account: string } {
  const known = isConfigObject(channels) ? Object.keys(channels) : [];
  if (known.includes(stem)) return { channel: stem, account: 'default' };
  const longest = known
    .filter((channel) => stem.startsWith(`${channel}-`))
    .toSorted((a, b) => b.length - a.length)[0];
  const at = longest?.length ?? stem.indexOf('-');
  return at === -1
    ? { channel: stem, account: 'default' }
    : { channel: stem.slice(0, at), account: stem.slice(at + 1) };
}

/** The senders of a file, or why they cannot be had. */
function sendersOf(source: Source, path: string): readonly string[] | string {
  const file = readSource(source, path);
  if (file.kind !== 'text') return file.kind === 'refused' ? file.why : 'it is gone';
  try {
    const body: unknown = JSON.parse(file.text);
    const isList = typeof body === 'object' && body !== null && 'allowFrom' in body;
    if (!isList || !Array.isArray(body.allowFrom)) return 'it holds no list';
    const list: readonly unknown[] = body.allowFrom;
    const isPlain = list.every((each) => typeof each === 'string' || Number.isSafeInteger(each));
    return isPlain ? list.map(String) : 'it lists something that is no id';
  } catch {
    return 'it is not valid JSON';
  }
}
