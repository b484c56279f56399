/**
 * The page behind the page: connects, and hands what arrives to the part it belongs to.
 *
 * @module
 */
import type { ChatEvent, EventFrame } from '@portcullis/protocol';

import {
  type Connection,
  type ConnectionOptions,
  type ConnectionState,
  createConnection,
} from '../wire/connection.ts';
import type { Device } from '../wire/device.ts';
import { isFields, textAt } from '../wire/frames.ts';
import { type Approvals, createApprovals } from './approvals.ts';
import { type Cell, createCell } from './cell.ts';
import { type Chat, createChat } from './chat.ts';
import { type Brought, createKeyring } from './credential.ts';
import { type Overview, createOverview } from './overview.ts';
import { type Pairing, createPairing } from './pairing.ts';
import { type Questions, createQuestions } from './questions.ts';

/** What the views work with. */
export interface Control {
  readonly state: Cell<ConnectionState>;
  readonly chat: Chat;
  readonly overview: Overview;
  readonly pairing: Pairing;
  readonly approvals: Approvals;
  readonly questions: Questions;
  /** The rights the gateway gave; empty while offline. */
  scopes(): readonly string[];
  signIn(token: string): void;
  /** Signs in with what an address brought along. */
  bring(brought: Brought): void;
  /** Whether there is something to sign in with already. */
  hasCredential(): boolean;
  /** Forgets the token and closes. */
  signOut(): void;
  /** Tries again now. */
  retry(): void;
  /** Opens a session nobody has written in. */
  startSession(): void;
}

/** What a control needs. */
export interface ControlOptions {
  readonly url: string;
  readonly device: Device;
  readonly client: ConnectionOptions['client'];
}

/** Everything this page offers to do; the gateway decides what it may. */
const SCOPES = [
  'operator.admin',
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.questions',
  'operator.pairing',
] as const;

const REFRESH_MS = 10_000;

/** Makes the control of a page. {@link Control.signIn} or {@link Control.retry} connects. */
export function createControl(options: ControlOptions): Control {
  const state = createCell<ConnectionState>({ phase: 'stopped' });
  let connection: Connection | undefined;
  const keyring = createKeyring(SCOPES);
  const request: Connection['request'] = (method, params) => ready().request(method, params);
  const chat = createChat({ request });
  const overview = createOverview({ request });
  const pairing = createPairing({ request });
  const approvals = createApprovals({ request });
  const questions = createQuestions({ request });
  const scopes = (): readonly string[] => {
    const now = state.get();
    return now.phase === 'online' ? now.hello.auth.scopes : [];
  };

  const lookAround = async (): Promise<void> => {
    const others = [pairing, approvals, questions].map((each) => each.refresh(scopes()));
    await Promise.all([overview.refresh(), ...others]);
  };

  const welcome = async (mainSession: string): Promise<void> => {
    await request('sessions.subscribe', {});
    await Promise.all([chat.resume(mainSession), lookAround()]);
  };

  const follow = (next: ConnectionState): void => {
    keyring.follow(next);
    state.set(next);
    if (next.phase === 'online') void welcome(next.hello.snapshot.sessionDefaults.mainSessionKey);
  };

  const ready = (): Connection => {
    connection ??= createConnection({
      ...options,
      credential: keyring.credential,
      onState: follow,
      onEvent: (frame) => {
        receive(frame, chat, overview);
        if (frame.event.startsWith('exec.approval.')) void approvals.refresh(scopes());
        if (frame.event.startsWith('question.')) void questions.refresh(scopes());
      },
    });
    return connection;
  };

  const arrive = (brought: Brought): void => {
    keyring.bring(brought);
    ready().start();
  };

  setInterval(() => {
    if (scopes().length > 0 && !document.hidden) void lookAround();
  }, REFRESH_MS);

  return {
    state,
    chat,
    overview,
    pairing,
    approvals,
    questions,
    scopes,
    signIn: (token) => arrive({ token }),
    bring: arrive,
    hasCredential: () => keyring.credential().secret !== '',
    signOut: () => {
      keyring.forget();
      ready().stop();
    },
    retry: () => ready().start(),
    startSession() {
      const now = state.get();
      if (now.phase !== 'online') return;
      const { defaultAgentId } = now.hello.snapshot.sessionDefaults;
      chat.open(`agent:${defaultAgentId}:chat-${crypto.randomUUID().slice(0, 8)}`);
    },
  };
}

function receive(frame: EventFrame, chat: Chat, overview: Overview): void {
  if (frame.event === 'chat' && isChatEvent(frame.payload)) chat.receive(frame.payload);
  if (frame.event === 'sessions.changed') void overview.refreshSessions();
}

/** The fields the page relies on; the rest of the payload is the gateway's word for it. */
function isChatEvent(payload: unknown): payload is ChatEvent {
  const state = textAt(payload, 'state');
  return (
    isFields(payload) &&
    textAt(payload, 'runId') !== undefined &&
    textAt(payload, 'sessionKey') !== undefined &&
    (state === 'delta' || state === 'final' || state === 'aborted' || state === 'error')
  );
}
