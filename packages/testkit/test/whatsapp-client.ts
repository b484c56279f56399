import {
  type AuthenticationState,
  type BaileysEventMap,
  type ConnectionState,
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  type SignalDataSet,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WASocket,
} from 'baileys';
import type { FakeWhatsApp } from '../src/fake-whatsapp/index.ts';

const silence = () => {};
const SILENT = {
  level: 'silent',
  child: () => SILENT,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};

/** Fresh credentials, in memory. */
export function memoryAuth(): AuthenticationState {
  const values = new Map<string, unknown>();
  const get = <Kind extends keyof SignalDataTypeMap>(kind: Kind, ids: string[]) => {
    const found = ids.flatMap((id) => {
      const value = values.get(`${kind} ${id}`) as SignalDataTypeMap[Kind] | undefined;
      return value === undefined ? [] : [[id, value] as const];
    });
    return Object.fromEntries(found) as Record<string, SignalDataTypeMap[Kind]>;
  };
  const set = (data: SignalDataSet) => {
    for (const [kind, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries)) {
        if (value === null) values.delete(`${kind} ${id}`);
        else values.set(`${kind} ${id}`, value);
      }
    }
  };
  return { creds: initAuthCreds(), keys: makeCacheableSignalKeyStore({ get, set }, SILENT) };
}

/** An unmodified Baileys, as a gateway would run it: it starts again when it is told to. */
export class Client {
  readonly messages: { readonly type: string; readonly message: WAMessage }[] = [];
  readonly updates: BaileysEventMap['messages.update'] = [];
  readonly groups: BaileysEventMap['groups.upsert'] = [];
  readonly members: BaileysEventMap['group-participants.update'][] = [];
  readonly typing: BaileysEventMap['presence.update'][] = [];
  readonly reactions: BaileysEventMap['messages.reaction'] = [];
  readonly closedWith: (number | undefined)[] = [];
  readonly faults: string[] = [];
  socket: WASocket;
  readonly #whatsapp: FakeWhatsApp;
  readonly auth: AuthenticationState;
  readonly #options: Partial<UserFacingSocketConfig>;
  readonly #waiting: Set<() => void> = new Set();
  state: Partial<ConnectionState> = {};

  constructor(
    whatsapp: FakeWhatsApp,
    options: Partial<UserFacingSocketConfig> = {},
    auth: AuthenticationState = memoryAuth(),
  ) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(whatsapp.trustRootKey, 'hex');
    this.#whatsapp = whatsapp;
    this.auth = auth;
    this.#options = options;
    this.socket = this.connect();
  }

  /** Connects, with the credentials there are. */
  connect(): WASocket {
    const socket = makeWASocket({
      auth: this.auth,
      logger: SILENT,
      waWebSocketUrl: this.#whatsapp.url,
      shouldSyncHistoryMessage: ({ syncType }) => syncType !== 2 && syncType !== 3,
      markOnlineOnConnect: false,
      // What happens to a message is folded into the event of its sending, if there is one.
      emitOwnEvents: false,
      ...this.#options,
    });
    socket.ev.on('creds.update', (update) => Object.assign(this.auth.creds, update));
    socket.ev.on('messages.upsert', ({ type, messages }) =>
      this.#note(() => this.messages.push(...messages.map((message) => ({ type, message })))),
    );
    socket.ev.on('messages.update', (all) => this.#note(() => this.updates.push(...all)));
    socket.ev.on('groups.upsert', (all) => this.#note(() => this.groups.push(...all)));
    socket.ev.on('group-participants.update', (one) => this.#note(() => this.members.push(one)));
    socket.ev.on('presence.update', (one) => this.#note(() => this.typing.push(one)));
    socket.ev.on('messages.reaction', (all) => this.#note(() => this.reactions.push(...all)));
    socket.ev.on('connection.update', (update) =>
      this.#note(() => {
        this.state = { ...this.state, ...update };
        if (update.connection !== 'close') return;
        const error = update.lastDisconnect?.error as
          | { message: string; output?: { statusCode: number } }
          | undefined;
        this.faults.push(error?.message ?? '');
        this.closedWith.push(error?.output?.statusCode);
        if (error?.output?.statusCode === 515) this.connect();
      }),
    );
    this.socket = socket;
    return socket;
  }

  /** Resolves when `done`; throws with what the client saw after 10 s. */
  async until(done: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!done()) return;
        settle();
        resolve();
      };
      const timer = setTimeout(() => {
        settle();
        const { texts, updates, reactions, closedWith, messages } = this;
        const seen = { texts, updates, reactions, closedWith, messages: messages.length };
        reject(new Error(`Waited in vain: ${JSON.stringify(seen)}`));
      }, 10_000);
      this.#waiting.add(look);
      look();
    });
  }

  /** The QR text shown. */
  async code(): Promise<string> {
    await this.until(() => this.state.qr !== undefined);
    return this.state.qr ?? '';
  }

  /** Links the client and waits until it is there. */
  async link(): Promise<void> {
    await this.#whatsapp.scan(await this.code());
    await this.opened();
  }

  /** Resolves when the client is open and the server delivers. */
  async opened(): Promise<void> {
    await this.until(() => this.state.connection === 'open');
    await this.#whatsapp.waitForLogin();
  }

  /** Texts that came, of other people, in their order. */
  get texts(): readonly string[] {
    return this.messages.flatMap(({ message: { key, message } }) => {
      const text = message?.conversation ?? message?.extendedTextMessage?.text;
      return key.fromMe === true || text === undefined || text === null ? [] : [text];
    });
  }

  async end(): Promise<void> {
    await this.socket.end(undefined);
  }

  #note(act: () => void): void {
    act();
    for (const look of this.#waiting) look();
  }
}
