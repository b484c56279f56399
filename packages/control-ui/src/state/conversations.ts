/**
 * The sessions this page has shown: one is open, the others keep what is theirs.
 *
 * A message that was not confirmed belongs to its session. Looking at another one must not lose it.
 *
 * @module
 */
import { type Cell, createCell } from './cell.ts';
import { type Conversation, emptyConversation } from './conversation.ts';

/** The session of the page until the gateway has said its key. */
export const FIRST_SESSION = 'main';

/** Conversations by session key, one of them open. */
export interface Conversations {
  readonly open: Cell<Conversation>;
  /** Every conversation this page has shown. */
  all(): readonly Conversation[];
  /** Opens a session, as it was left. */
  show(sessionKey: string): void;
  /** Gives the first session the key the gateway calls it by. Later calls change nothing. */
  name(sessionKey: string): void;
  /** Changes a conversation, open or not. One that was never shown stays unknown. */
  change(sessionKey: string, apply: (value: Conversation) => Conversation): void;
}

/** Begins with an empty first session. */
export function createConversations(): Conversations {
  const open = createCell(emptyConversation(FIRST_SESSION));
  const known = new Map([[FIRST_SESSION, open.get()]]);
  const put = (conversation: Conversation): void => {
    known.set(conversation.sessionKey, conversation);
  };
  return {
    open,
    all: () => [...known.values()],
    show(sessionKey) {
      const conversation = known.get(sessionKey) ?? emptyConversation(sessionKey);
      put(conversation);
      open.set(conversation);
    },
    name(sessionKey) {
      const first = known.get(FIRST_SESSION);
      if (first === undefined) return;
      known.delete(FIRST_SESSION);
      const target = known.get(sessionKey) ?? emptyConversation(sessionKey);
      const named = { ...target, sends: [...first.sends, ...target.sends] };
      put(named);
      if ([FIRST_SESSION, sessionKey].includes(open.get().sessionKey)) open.set(named);
    },
    change(sessionKey, apply) {
      const before = known.get(sessionKey);
      if (before === undefined) return;
      const after = apply(before);
      put(after);
      if (open.get().sessionKey === sessionKey) open.set(after);
    },
  };
}
