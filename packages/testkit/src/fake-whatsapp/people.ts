/**
 * What people do on the fake network, and the owner's own phone.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { BinaryNode, proto } from 'baileys';
import { compose, edited, reacted, revoked } from './content.ts';
import type { FakeWhatsAppPeople } from './controls.ts';
import { groupNode, groupNotification, memberJid, movement } from './groups.ts';
import { isGroup, isLid } from './jid.ts';
import type { MediaStore } from './media/media-store.ts';
import type { Network } from './network.ts';
import type { Outgoing } from './outgoing.ts';
import type {
  WhatsAppAddressing,
  WhatsAppGroup,
  WhatsAppMessageReceipt,
  WhatsAppPerson,
  WhatsAppUserMessage,
  WhatsAppWords,
} from './records.ts';
import type { Letter, Place, Writing } from './writing.ts';

/** What people need to act. */
export interface Stage {
  readonly network: Network;
  readonly writing: Writing;
  readonly outgoing: Outgoing;
  readonly store: MediaStore;
  /** Sends something only while the client is there to see it. */
  readonly live: (stanza: BinaryNode) => void;
}

function freshId(): string {
  return `3A${randomBytes(9).toString('hex').toUpperCase()}`;
}

const now = () => String(Math.floor(Date.now() / 1000));

/** The people, acting. */
export class People implements FakeWhatsAppPeople {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  personSends(message: WhatsAppUserMessage): WhatsAppMessageReceipt {
    return this.#say(message, false);
  }

  serverForges(message: WhatsAppUserMessage): WhatsAppMessageReceipt {
    return this.#say(message, true);
  }

  personEdits(edit: Parameters<FakeWhatsAppPeople['personEdits']>[0]): WhatsAppMessageReceipt {
    const at = Date.now();
    const { from, message, text } = edit;
    const content = edited(this.#keyFor(from, message), text, at);
    return this.#post({
      from,
      place: this.#placeOf(from, message),
      message: content,
      at,
      edit: '1',
    });
  }

  personRevokes(
    revoke: Parameters<FakeWhatsAppPeople['personRevokes']>[0],
  ): WhatsAppMessageReceipt {
    const { from, message } = revoke;
    const content = revoked(this.#keyFor(from, message));
    const place = this.#placeOf(from, message);
    return this.#post({ from, place, message: content, at: Date.now(), edit: '7' });
  }

  personReacts(
    reaction: Parameters<FakeWhatsAppPeople['personReacts']>[0],
  ): WhatsAppMessageReceipt {
    const at = Date.now();
    const { from, message, emoji } = reaction;
    const content = reacted(this.#keyFor(from, message), emoji, at);
    return this.#post({ from, place: this.#placeOf(from, message), message: content, at });
  }

  personReads({ from, message }: Parameters<FakeWhatsAppPeople['personReads']>[0]): void {
    const attrs = { ...this.#receiptPlace(from, message.chat), id: message.id, t: now() };
    this.#stage.live({ tag: 'receipt', attrs: { ...attrs, type: 'read' } });
  }

  /** A phone says that it got a message; `chat` as the client addressed it. */
  confirmDelivery(from: WhatsAppPerson, id: string, chat: string): void {
    const attrs = { ...this.#receiptPlace(from, chat), id, t: now() };
    this.#stage.live({ tag: 'receipt', attrs });
  }

  personTypes(typing: Parameters<FakeWhatsAppPeople['personTypes']>[0]): void {
    const { from, in: group, typing: isTyping = true } = typing;
    const place: Record<string, string> =
      group === undefined
        ? { from: from.lid }
        : { from: group.jid, participant: memberJid(group, from) };
    const content = [{ tag: isTyping ? 'composing' : 'paused', attrs: {} }];
    this.#stage.live({ tag: 'chatstate', attrs: place, content });
  }

  personPostsStatus({
    from,
    text,
  }: Parameters<FakeWhatsAppPeople['personPostsStatus']>[0]): WhatsAppMessageReceipt {
    const place = { status: true } as const;
    return this.#post({ from, place, message: { conversation: text }, at: Date.now() });
  }

  personReinstalls(
    person: WhatsAppPerson,
    { announced = true }: { readonly announced?: boolean } = {},
  ): void {
    const { network, writing } = this.#stage;
    writing.inTurn(() => {
      network.deviceOf(person).reinstall();
      writing.forgetKeysOf(person);
    });
    if (!announced) return;
    const attrs = { type: 'encrypt', from: person.jid, id: freshId(), t: now() };
    writing.send({ tag: 'notification', attrs, content: [{ tag: 'identity', attrs: {} }] });
  }

  ownPhoneSends(
    message: Parameters<FakeWhatsAppPeople['ownPhoneSends']>[0] = {},
  ): WhatsAppMessageReceipt {
    const { network } = this.#stage;
    const { owner } = network.account;
    const { to = 'self', addressing: by = 'lid' } = message;
    const place: Place =
      to !== 'self' && isGroup(to.jid)
        ? { group: network.group(to.jid) }
        : { ownChat: network.person(to === 'self' ? owner.jid : to.jid) ?? owner, by };
    return this.#utter(owner, place, message, false);
  }

  memberMoves(
    { jid }: WhatsAppGroup,
    member: WhatsAppPerson,
    what: 'joins' | 'leaves' | 'is removed',
    by: WhatsAppPerson = member,
  ): void {
    const group = this.#stage.network.group(jid);
    if (what === 'joins') group.members.add(member);
    else group.members.delete(member);
    const event = { joins: 'add', leaves: 'leave', 'is removed': 'remove' }[what];
    this.#tellGroup(jid, by, movement(group, event, member));
  }

  addsAccount({ jid }: WhatsAppGroup, by: WhatsAppPerson): void {
    const { network } = this.#stage;
    const group = network.group(jid);
    group.hasAccount = true;
    const content = [groupNode(group, network.account.owner)];
    this.#tellGroup(jid, by, { tag: 'create', attrs: { reason: 'invite' }, content });
  }

  removesAccount({ jid }: WhatsAppGroup, by: WhatsAppPerson): void {
    const { network } = this.#stage;
    const group = network.group(jid);
    group.hasAccount = false;
    this.#tellGroup(jid, by, movement(group, 'remove', network.account.owner));
  }

  #tellGroup(jid: string, by: WhatsAppPerson, event: BinaryNode): void {
    const { network, writing } = this.#stage;
    const notification = groupNotification(network.group(jid), by, event);
    writing.send({ ...notification, attrs: { ...notification.attrs, id: freshId() } });
  }

  #say(message: WhatsAppUserMessage, plain: boolean): WhatsAppMessageReceipt {
    const { from, to = 'account', addressing = 'lid', withAlternate = true } = message;
    if (to === 'account') {
      return this.#utter(from, { direct: addressing, withAlternate }, message, plain);
    }
    const group = this.#stage.network.group(to.jid);
    group.members.add(from);
    return this.#utter(from, { group }, message, plain);
  }

  #utter(
    from: WhatsAppPerson,
    place: Place,
    words: WhatsAppWords,
    plain: boolean,
  ): WhatsAppMessageReceipt {
    const by = this.#addressing(place);
    const { owner } = this.#stage.network.account;
    const jidOf = (who: WhatsAppPerson | 'account') => {
      const person = who === 'account' ? owner : who;
      return by === 'lid' ? person.lid : person.jid;
    };
    const { replyTo, mentions = [], at = Date.now(), id } = words;
    const author = words.quotedBy ?? (replyTo && this.#authorOf(replyTo.id));
    const references = {
      mentions: mentions.map(jidOf),
      ...(author !== undefined && { quoted: jidOf(author) }),
    };
    const quotedText = words.quotedText ?? (replyTo && this.#textOf(replyTo.id)) ?? '';
    const content = compose({ ...words, quotedText }, references, this.#stage.store);
    return this.#post({
      from,
      place,
      message: content,
      at,
      plain,
      ...(id !== undefined && { id }),
    });
  }

  #post(letter: Omit<Letter, 'id'> & { readonly id?: string }): WhatsAppMessageReceipt {
    const whole = { id: freshId(), ...letter };
    this.#stage.writing.write(whole);
    return { id: whole.id, chat: this.#chatOf(whole) };
  }

  #chatOf({ from, place }: Letter): string {
    if ('status' in place) return 'status@broadcast';
    if ('group' in place) return place.group.jid;
    const person = 'ownChat' in place ? place.ownChat : from;
    return this.#addressing(place) === 'lid' ? person.lid : person.jid;
  }

  #addressing(place: Place): WhatsAppAddressing {
    if ('status' in place) return 'pn';
    if ('group' in place) return place.group.addressing;
    return 'ownChat' in place ? place.by : place.direct;
  }

  #authorOf(id: string): WhatsAppPerson | 'account' | undefined {
    if (this.#stage.outgoing.message(id) !== undefined) return 'account';
    return this.#stage.writing.letter(id)?.from;
  }

  #textOf(id: string): string | undefined {
    const { outgoing, writing } = this.#stage;
    const message = writing.letter(id)?.message;
    const text = message?.conversation ?? message?.extendedTextMessage?.text;
    return outgoing.message(id)?.text ?? text ?? undefined;
  }

  #placeOf(from: WhatsAppPerson, { chat }: WhatsAppMessageReceipt): Place {
    const { network } = this.#stage;
    if (isGroup(chat)) return { group: network.group(chat) };
    const by = isLid(chat) ? 'lid' : 'pn';
    const { owner } = network.account;
    if (from === owner) return { ownChat: network.person(chat) ?? owner, by };
    return { direct: by, withAlternate: true };
  }

  /** Names a message from the point of view of `from`. */
  #keyFor(from: WhatsAppPerson, { id, chat }: WhatsAppMessageReceipt): proto.IMessageKey {
    const { network } = this.#stage;
    const author = this.#authorOf(id);
    const { owner } = network.account;
    const person = author === 'account' || author === undefined ? owner : author;
    const fromMe = person === from;
    if (!isGroup(chat)) return { remoteJid: isLid(chat) ? owner.lid : owner.jid, fromMe, id };
    return { remoteJid: chat, fromMe, id, participant: memberJid(network.group(chat), person) };
  }

  #receiptPlace(from: WhatsAppPerson, chat: string): Record<string, string> {
    if (!isGroup(chat)) return { from: isLid(chat) ? from.lid : from.jid };
    return { from: chat, participant: memberJid(this.#stage.network.group(chat), from) };
  }
}
