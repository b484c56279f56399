/**
 * Where information can leave a session, and what decides at each place. First matching row wins.
 *
 * @module
 */
import type { Decision, TrustClass } from '@portcullis/core';
import { asChoice, asTexts, InvalidSetting, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { leaks, mayKnow, peopleOf, type People } from './audience.ts';
import { type FlowLabel, readLabel, readTrust } from './label.ts';
import { isPersistentPath } from './persistent.ts';
import { verdict } from './reasons.ts';
import { linkableIn, linksIn, writtenBy } from './wording.ts';

/**
 * One way out of a session. Peers are `<channel>:<id>`; receivers leave out the bot; `[]` means
 * they cannot be enumerated, and `conversation` then names the room's session key.
 *
 * - `reply`: to the current conversation. `text` (or `urls`) is looked at for links.
 * - `message`: to anybody else, also a reaction, an edit or a poll. `text` (or `urls`) as above.
 * - `web.read`, `web.search`: a request that carries a URL or query out.
 * - `web.write`: a request, click or upload that changes something.
 * - `tool`: a tool whose effect nobody mapped, or that writes to a named place.
 * - `exec`, `fs.write`: a command; a file, relative to the workspace.
 * - `control`: jobs, webhooks, settings, pairing, skills, allow lists.
 */
export type Sink =
  | {
      readonly kind: 'reply';
      readonly to: readonly string[];
      readonly conversation?: string;
      readonly text?: string;
      readonly urls?: readonly string[];
    }
  | {
      readonly kind: 'message';
      readonly to: readonly string[];
      readonly conversation?: string;
      readonly text?: string;
      readonly urls?: readonly string[];
    }
  | { readonly kind: 'web.read' | 'web.write'; readonly url: string }
  | { readonly kind: 'web.search'; readonly query: string }
  | { readonly kind: 'tool'; readonly identities?: readonly string[] }
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'fs.write'; readonly path: string }
  | { readonly kind: 'control'; readonly tool: string };

/** A question about one way out. */
export interface FlowInput {
  /** The session's label; anything malformed counts as the top. */
  readonly label: FlowLabel | null;
  /** Class of whoever made this turn. */
  readonly requester: TrustClass;
  /** The requester as a peer, where he is not the owner. */
  readonly requesterPeer?: string;
  readonly sink: Sink;
  readonly owners: readonly string[];
  /** Participants by session key. */
  readonly conversations: Readonly<Record<string, readonly string[]>>;
  /** What the requester wrote in this session, word for word, with the class he had. */
  readonly requesterMessages?: readonly { readonly class: TrustClass; readonly text: string }[];
}

/** What an answer tells: the label that was judged, which is also what a written file gets. */
export interface FlowValue {
  readonly label: FlowLabel;
}

/** A question with its parts read. */
interface Question {
  readonly input: unknown;
  readonly sink: unknown;
  readonly label: FlowLabel;
  readonly requester: TrustClass;
  readonly people: People;
}

const PATH = 'flow.mode';
const KINDS = [
  'reply',
  'message',
  'web.read',
  'web.search',
  'web.write',
  'tool',
  'exec',
  'fs.write',
  'control',
] as const;

/** True when the owner, asking himself, wrote each of `identities` word for word; secrets never go by that. */
function isNamed({ input, label, requester }: Question, identities: readonly unknown[]): boolean {
  if (requester !== 'owner' || label.P.includes('secret') || identities.length === 0) return false;
  return identities.every(writtenBy(input, 0));
}

/** True when a link of what is sent was written by nobody who is trusted. */
function hasForeignLink(
  { input, sink }: Question,
  find: (text: string) => readonly string[],
): boolean {
  const text = own(sink, 'text');
  const links = [
    ...(typeof text === 'string' ? find(text) : []),
    ...(asTexts(setting(sink, 'urls')) ?? []),
  ];
  return !links.every(writtenBy(input, 1));
}

function leaksTo({ label, sink, people }: Question): boolean {
  return leaks(label, own(sink, 'to'), own(sink, 'conversation'), people);
}

function reply(question: Question): Decision {
  const { label } = question;
  if (leaksTo(question)) {
    return label.u >= 2
      ? verdict.ask('flow.reply.exfil', PATH)
      : verdict.ask('flow.reply.private', PATH);
  }
  if (label.u >= 2 && label.P.length > 0 && hasForeignLink(question, linksIn)) {
    const constraints = { urls: 'defanged' };
    return verdict.allow('flow.reply.urls_defanged', PATH, { constraints });
  }
  return verdict.allow('flow.ok', PATH);
}

function message(question: Question): Decision {
  const { label, requester, sink } = question;
  const to = own(sink, 'to');
  // The owner named who gets a message. A link that somebody else put into it is not his.
  const steered = label.u >= 2 && hasForeignLink(question, linkableIn);
  if (!steered && isNamed(question, Array.isArray(to) ? to : [])) {
    return verdict.allow('flow.message.named', PATH);
  }
  if (leaksTo(question)) {
    return label.u === 3 && requester !== 'owner'
      ? verdict.deny('flow.message.exfil_denied', PATH)
      : verdict.ask('flow.message.private', PATH);
  }
  if (label.u >= 2) return verdict.ask('flow.message.untrusted', PATH);
  return requester === 'owner'
    ? verdict.allow('flow.ok', PATH)
    : verdict.ask('flow.message.not_owner', PATH);
}

/** True when the session knows something that the requester is not known to be entitled to. */
function outranks({ label, requester, people, input }: Question): boolean {
  if (requester === 'owner' || label.P.length === 0) return false;
  const peer = own(input, 'requesterPeer');
  return typeof peer !== 'string' || !mayKnow(peer, label, people);
}

function webRead(question: Question, url: unknown): Decision {
  const { label, input } = question;
  const chosen = !writtenBy(input, 1)(url);
  if (chosen && label.P.length > 0 && label.u >= 2) return verdict.ask('flow.web.exfil', PATH);
  if (chosen && label.P.includes('secret')) return verdict.ask('flow.web.secret', PATH);
  return outranks(question)
    ? verdict.ask('flow.web.requester', PATH)
    : verdict.allow('flow.ok', PATH);
}

function outsideWrite(question: Question, identities: readonly unknown[]): Decision {
  const { label, requester } = question;
  if (isNamed(question, identities)) return verdict.allow('flow.write.named', PATH);
  if (label.P.length > 0 && label.u >= 2 && requester !== 'owner') {
    return verdict.deny('flow.web.write_denied', PATH);
  }
  return label.P.length > 0 || label.u >= 2
    ? verdict.ask('flow.web.write', PATH)
    : verdict.allow('flow.ok', PATH);
}

function command({ label, requester }: Question): Decision {
  if (label.u === 3 && requester !== 'owner') {
    return verdict.deny('flow.exec.untrusted_denied', PATH);
  }
  return label.u >= 2 ? verdict.ask('flow.exec.untrusted', PATH) : verdict.allow('flow.ok', PATH);
}

function fileWrite({ label, requester, sink }: Question): Decision {
  const clean = requester === 'owner' && label.u === 0;
  return isPersistentPath(own(sink, 'path')) && !clean
    ? verdict.ask('flow.fs.persistent', PATH)
    : verdict.allow('flow.fs.labelled', PATH);
}

function control({ label, requester }: Question): Decision {
  if (requester !== 'owner') return verdict.deny('flow.self.not_owner', PATH);
  return label.u === 0 ? verdict.allow('flow.ok', PATH) : verdict.ask('flow.self.untrusted', PATH);
}

function judge(question: Question): Decision {
  const { sink } = question;
  const kind = asChoice(setting(sink, 'kind'), KINDS);
  switch (kind) {
    case 'reply':
      return reply(question);
    case 'message':
      return message(question);
    case 'web.read':
      return webRead(question, own(sink, 'url'));
    case 'web.search':
      return webRead(question, undefined);
    case 'web.write':
      return outsideWrite(question, [own(sink, 'url')]);
    case 'tool':
      return outsideWrite(question, asTexts(setting(sink, 'identities')) ?? []);
    case 'exec':
      return command(question);
    case 'fs.write':
      return fileWrite(question);
    case 'control':
      return control(question);
    default:
      throw new InvalidSetting('sink.kind');
  }
}

/** Whether `allow-always` may be offered for a sink: nothing leaks, and nothing came from outside. */
export function mayStand(config: unknown, input: FlowInput): boolean {
  const label = readLabel(input.label);
  const kind = own(input.sink, 'kind');
  if (label.u === 3 || kind === 'control') return false;
  const people = peopleOf(config, input);
  return !leaks(label, own(input.sink, 'to'), own(input.sink, 'conversation'), people);
}

/**
 * Whether the session may let this out. It only tightens what the other areas decided. With
 * `flow.mode: warn` what would be stopped is allowed, with the obligation to `audit` it and its
 * code among the warnings; with `off` nothing is looked at.
 */
export function decideFlow(config: unknown, input: FlowInput): Decision {
  return total(() => {
    const mode = asChoice(setting(config, 'flow', 'mode'), ['enforce', 'warn', 'off']);
    if (mode === 'off') return verdict.allow('flow.off', PATH);
    const label = readLabel(setting(input, 'label').value);
    const decision = judge({
      input,
      sink: setting(input, 'sink').value,
      label,
      requester: readTrust(setting(input, 'requester').value),
      people: peopleOf(config, input),
    });
    const value: FlowValue = { label };
    if (mode !== 'warn' || decision.effect === 'allow') return { ...decision, value };
    const noted = { obligations: ['audit'], warnings: [decision.code], value };
    return verdict.allow('flow.warned', PATH, noted);
  });
}
