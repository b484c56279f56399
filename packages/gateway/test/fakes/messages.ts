/** Messages in memory: every one is sent at once, but for those to nobody. */
import { PortcullisError } from '@portcullis/core';

import type { Caller, MessageRequest, MessageService } from '../../src/services.ts';

/** The service, and every message that went out. */
export function fakeMessages(): MessageService & {
  readonly sent: { readonly by: Caller; readonly request: MessageRequest }[];
} {
  const sent: { by: Caller; request: MessageRequest }[] = [];
  return {
    sent,
    send: async (by, request) => {
      const [channel = '', ...rest] = request.to.split(':');
      const id = rest.at(-1) ?? '';
      if (id === 'nobody') throw new PortcullisError('send.unknown_peer', 'There is no such peer.');
      if (request.rehearse !== true) sent.push({ by, request });
      const state = id === 'blocked' ? 'failed' : 'sent';
      const item = {
        id: 'message-1',
        state,
        channel,
        accountId: 'default',
        conversationId: id,
        createdAt: 1,
        attempts: 1,
        part: 1,
        parts: 1,
        preview: '',
        ...(state === 'sent' ? { messageId: '12' } : { error: 'The bot was blocked.' }),
      } as const;
      return {
        channel,
        accountId: 'default',
        conversationId: id,
        decision: { effect: 'allow', code: 'flow.ok', path: 'flow.mode', reason: 'Fine.' },
        parts: 1,
        items: request.rehearse === true ? [] : [item],
        repeated: false,
      };
    },
  };
}
