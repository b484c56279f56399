// Pins: the closed table of event kinds. Every kind has one line here.
import type { Event, EventKind } from '@portcullis/core';
import { describe, expect, test } from 'vitest';
import { type AdmitState, compilePolicy } from '../src/index.ts';

const policy = compilePolicy({
  commands: { ownerAllowFrom: ['telegram:1'] },
  channels: {
    telegram: {
      dmPolicy: 'pairing',
      allowFrom: ['1', '2'],
      groups: { allowlist: ['-1001'] },
      groupPolicy: 'open',
    },
    whatsapp: { selfChatMode: true, allowFrom: ['+15551234567'] },
  },
});

function event(kind: EventKind, sender: string, more: Partial<Event> = {}): Event {
  return {
    kind,
    at: 0,
    conversation: { channel: 'telegram', accountId: 'default', kind: 'direct', id: sender },
    sender: { id: sender },
    ...more,
  };
}

const room = (id: string): Partial<Event> => ({
  conversation: { channel: 'telegram', accountId: 'default', kind: 'group', id },
});

interface Row {
  readonly name: string;
  readonly event: Event;
  readonly state?: AdmitState;
  readonly code: string;
  readonly trust?: string;
  readonly wakes?: boolean;
}

/** Telegram 1 is the owner and linked with somebody who is not. */
const linked = (dmScope: string) => ({
  session: { dmScope, identityLinks: { me: ['telegram:1', 'whatsapp:+15551234567'] } },
  commands: { ownerAllowFrom: ['telegram:1'] },
  channels: { telegram: { allowFrom: ['1'] } },
});

const linkedTrust = (dmScope: string) =>
  compilePolicy(linked(dmScope)).admit(event('message', '1'), {}).principal.trust;

/** A message of the phone's own user in `chat`. */
const fromOwnPhone = (chat: string): Event => ({
  kind: 'message',
  at: 0,
  conversation: { channel: 'whatsapp', accountId: 'default', kind: 'direct', id: chat },
  sender: { id: '+15551234567', isSelf: true },
});

describe('admit', () => {
  test.each<Row>([
    {
      name: 'message of the owner',
      event: event('message', '1'),
      code: 'dm.allowlisted',
      trust: 'owner',
      wakes: true,
    },
    {
      name: 'message of a listed sender',
      event: event('message', '2'),
      code: 'dm.allowlisted',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'message of a paired sender',
      event: event('message', '3'),
      state: { paired: new Set(['3']) },
      code: 'dm.paired',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'message of a stranger',
      event: event('message', '3'),
      code: 'dm.pairing.unknown_sender',
      trust: 'external',
    },
    {
      name: 'message of a member',
      event: event('message', '9', { ...room('-1001'), facts: { nativeMention: true } }),
      code: 'group.open',
      trust: 'member',
      wakes: true,
    },
    {
      name: 'suspended owner',
      event: event('message', '1'),
      state: { suspended: true },
      code: 'dm.allowlisted',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'edit of an open message',
      event: event('edit', '2'),
      state: { originalAdmittedUnanswered: true },
      code: 'dm.allowlisted',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'edit of an answered message',
      event: event('edit', '2'),
      code: 'event.edit.recorded',
      trust: 'trusted',
    },
    {
      name: 'edit of a stranger',
      event: event('edit', '3'),
      state: { originalAdmittedUnanswered: true },
      code: 'dm.pairing.unknown_sender',
      trust: 'external',
    },
    {
      name: 'reaction',
      event: event('reaction', '2'),
      code: 'event.kind.recorded',
      trust: 'trusted',
    },
    {
      name: 'reaction of a stranger does not pair',
      event: event('reaction', '3'),
      code: 'event.kind.recorded',
      trust: 'external',
    },
    {
      name: 'receipt',
      event: event('receipt', '2'),
      code: 'event.kind.recorded',
      trust: 'trusted',
    },
    { name: 'poll vote', event: event('poll', '2'), code: 'event.kind.recorded', trust: 'trusted' },
    { name: 'pin', event: event('pin', '2'), code: 'event.kind.recorded', trust: 'trusted' },
    {
      name: 'member change',
      event: event('member', '2'),
      code: 'event.kind.recorded',
      trust: 'trusted',
    },
    {
      name: 'button for this person',
      event: event('button', '2', { button: { data: 'x' } }),
      state: { buttonBound: true },
      code: 'dm.allowlisted',
      trust: 'trusted',
    },
    {
      name: 'button of somebody else',
      event: event('button', '2', { button: { data: 'x' } }),
      code: 'event.button.unbound',
      trust: 'external',
    },
    {
      name: 'open command',
      event: event('command', '2', { command: { name: 'status', args: '' } }),
      code: 'dm.allowlisted',
      trust: 'trusted',
    },
    {
      name: 'owner command by another',
      event: event('command', '2', { command: { name: 'Config', args: '' } }),
      code: 'command.owner_only',
      trust: 'external',
    },
    {
      name: 'unheard-of command is for the owner',
      event: event('command', '2', { command: { name: 'frobnicate', args: '' } }),
      code: 'command.owner_only',
      trust: 'external',
    },
    {
      name: 'approve by a stranger to approvals',
      event: event('command', '2', { command: { name: 'approve', args: '' } }),
      code: 'command.owner_only',
      trust: 'external',
    },
    {
      name: 'approve by an approver',
      event: event('command', '2', { command: { name: 'approve', args: '' } }),
      state: { approver: true },
      code: 'dm.allowlisted',
      trust: 'trusted',
    },
    {
      name: 'added to a listed room',
      event: event('join', '9', room('-1001')),
      code: 'event.kind.recorded',
    },
    {
      name: 'added to another room',
      event: event('join', '9', room('-1002')),
      code: 'event.join.unlisted',
    },
    {
      name: 'operator',
      event: event('operator', '', { origin: { id: 'c1', scopes: ['operator.write'] } }),
      code: 'event.operator',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'admin operator',
      event: event('operator', '', { origin: { id: 'c1', scopes: ['operator.admin'] } }),
      code: 'event.operator',
      trust: 'owner',
      wakes: true,
    },
    {
      name: 'reading operator',
      event: event('operator', '', { origin: { id: 'c1', scopes: ['operator.read'] } }),
      code: 'event.scope.missing',
    },
    { name: 'operator without origin', event: event('operator', ''), code: 'event.scope.missing' },
    {
      name: 'api',
      event: event('api', '', { origin: { id: 'k1', scopes: ['operator.write'] } }),
      code: 'event.api',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'hook',
      event: event('hook', '', { origin: { id: 'h1' } }),
      state: { hookVerified: true },
      code: 'event.hook',
      trust: 'external',
      wakes: true,
    },
    {
      name: 'unverified hook',
      event: event('hook', '', { origin: { id: 'h1' } }),
      code: 'hook.auth_failed',
    },
    {
      name: 'cron',
      event: event('cron', '', { origin: { id: 'j1' } }),
      state: { creatorStillAllowed: true, creatorTrust: 'trusted' },
      code: 'event.cron',
      trust: 'trusted',
      wakes: true,
    },
    {
      name: 'cron of somebody who lost his rights',
      event: event('cron', '', { origin: { id: 'j1' } }),
      code: 'event.cron.creator_revoked',
    },
    {
      name: 'sub-agent',
      event: event('subagent', '', { origin: { id: 's1' } }),
      state: { parentTrust: 'member' },
      code: 'event.subagent',
      trust: 'member',
      wakes: true,
    },
    {
      name: 'sub-agent of nobody',
      event: event('subagent', '', { origin: { id: 's1' } }),
      code: 'event.subagent.orphaned',
    },
    {
      name: 'a kind nobody knows',
      event: event('typing' as EventKind, '1'),
      code: 'event.kind.unknown',
    },
    {
      name: 'a kind named like a prototype member',
      event: event('constructor' as EventKind, '1'),
      code: 'event.kind.unknown',
    },
  ])('$name', ({ event: given, state = {}, code, trust = 'external', wakes = false }) => {
    const admission = policy.admit(given, state);
    expect(admission).toMatchObject({ code, wakes, isOwner: trust === 'owner' });
    expect(admission.principal.trust).toBe(trust);
  });

  test('asks to leave an unlisted room where rooms are listed by id', () => {
    const admission = policy.admit(event('join', '9', room('-1002')), {});
    expect(admission).toMatchObject({ effect: 'deny', obligations: ['leave_room'] });
  });

  test('names the principal by channel and canonical id', () => {
    expect(policy.admit(event('message', 'tg:2'), {}).principal).toEqual({
      id: 'telegram:2',
      trust: 'trusted',
      channel: 'telegram',
      accountId: 'default',
    });
  });

  test('hears its own account only in the one chat with itself', () => {
    expect(policy.admit(fromOwnPhone('15551234567@s.whatsapp.net'), {})).toMatchObject({
      code: 'dm.allowlisted',
      isOwner: true,
    });
    expect(policy.admit(fromOwnPhone('15550000000@s.whatsapp.net'), {}).code).toBe('ingress.self');
  });

  test('does not hear its own answers in that chat', () => {
    const answer = fromOwnPhone('15551234567@s.whatsapp.net');
    expect(policy.admit(answer, { sentByUs: true }).code).toBe('ingress.self');
  });

  test('needs no pairing with oneself, and nothing else lets anybody in on that number', () => {
    const own = compilePolicy({ channels: { whatsapp: { selfChatMode: true } } });
    expect(own.admit(fromOwnPhone('+15551234567'), {})).toMatchObject({
      effect: 'allow',
      code: 'dm.self_chat',
      isOwner: true,
    });
    const off = { selfChatMode: true, dmPolicy: 'disabled' };
    expect(
      compilePolicy({ channels: { whatsapp: off } }).admit(fromOwnPhone('+15551234567'), {}).code,
    ).toBe('dm.disabled');
  });

  test('lets nobody else write to the number of a person, listed or not', () => {
    const whatsapp = {
      selfChatMode: true,
      dmPolicy: 'open',
      allowFrom: ['*', '+15550000000'],
      groups: { '*': { requireMention: false } },
    };
    const own = compilePolicy({
      channels: { whatsapp },
      commands: { ownerAllowFrom: ['whatsapp:+15550000000'] },
    });
    const other = { sender: { id: '+15550000000' } };
    for (const kind of ['direct', 'group'] as const) {
      const conversation = {
        channel: 'whatsapp',
        accountId: 'default',
        kind,
        id: '15550000000@s.whatsapp.net',
      };
      for (const what of ['message', 'edit', 'command', 'button', 'reaction', 'join'] as const) {
        expect(own.admit({ kind: what, at: 0, conversation, ...other }, {})).toMatchObject({
          effect: 'ignore',
          code: 'ingress.self_chat_only',
          wakes: false,
        });
      }
    }
  });

  test('an owner linked with an identity that is no owner is only trusted', () => {
    expect(linkedTrust('per-peer')).toBe('trusted');
    expect(linkedTrust('main')).toBe('owner');
  });

  test('a server with a listed channel is stayed in, and any other is left', () => {
    const discord = {
      leaveUnlisted: true,
      guilds: { '10001': { channels: { '10002': {} } } },
    };
    const own = compilePolicy({ channels: { discord } });
    const into = (guildId: string, id = guildId) =>
      own.admit(
        event('join', '9', {
          conversation: { channel: 'discord', accountId: 'default', kind: 'channel', id, guildId },
        }),
        {},
      );
    expect(into('10001')).toMatchObject({ effect: 'ignore', code: 'event.kind.recorded' });
    const elsewhere = { code: 'event.join.unlisted', obligations: ['leave_room'] };
    expect(into('10003')).toMatchObject(elsewhere);
    expect(into('10003', '10002')).toMatchObject(elsewhere);
  });
});
