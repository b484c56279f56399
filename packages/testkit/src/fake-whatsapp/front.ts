/**
 * The door: who is linked logs in, who is not may be linked, and nobody else gets in.
 *
 * @module
 */
import type { BinaryNode } from 'baileys';
import type { Account } from './account.ts';
import type { Connection, ConnectionHandlers } from './wire/connection.ts';
import type { Faults } from './faults.ts';
import { deviceJid } from './jid.ts';
import type { ClientFinish } from './wire/noise.ts';
import { Pairing } from './pairing.ts';

/** What happens behind the door. */
export interface Behind {
  readonly loggedIn: (connection: Connection) => void;
  readonly received: (connection: Connection, stanza: BinaryNode) => Promise<void>;
  readonly left: (connection: Connection) => void;
}

function versionOf({ payload }: ClientFinish): readonly number[] {
  const { primary, secondary, tertiary } = payload.userAgent?.appVersion ?? {};
  return [primary ?? 0, secondary ?? 0, tertiary ?? 0];
}

/** Lets clients in. */
export class Front implements ConnectionHandlers {
  readonly pairing: Pairing;
  readonly #account: Account;
  readonly #faults: Faults;
  readonly #behind: Behind;
  #current: Connection | undefined;
  /** How many logins succeeded. */
  logins = 0;

  constructor(account: Account, faults: Faults, behind: Behind) {
    this.#account = account;
    this.#faults = faults;
    this.#behind = behind;
    this.pairing = new Pairing(account, faults.forgeries);
  }

  /** The connection that is logged in, while it is. */
  get current(): Connection | undefined {
    return this.#current?.isOpen === true ? this.#current : undefined;
  }

  readonly opened = (connection: Connection, client: ClientFinish): void => {
    const fault = this.#faults.take('login');
    if (fault === 'hang') return;
    if (typeof fault === 'string') return connection.cut();
    if (fault !== undefined && 'error' in fault) return this.#refuse(connection, fault.error);
    if (this.#faults.isOutdated(versionOf(client))) return this.#refuse(connection, 405);
    if (client.payload.devicePairingData) return this.pairing.offer(connection, client);
    if (!this.#isLinked(client)) return this.#refuse(connection, 401);
    this.#login(connection);
  };

  readonly received = async (connection: Connection, stanza: BinaryNode): Promise<void> => {
    if (connection === this.#current) await this.#behind.received(connection, stanza);
    else this.pairing.received(connection, stanza);
  };

  readonly closed = (connection: Connection): void => {
    this.pairing.closed(connection);
    if (connection !== this.#current) return;
    this.#current = undefined;
    this.#behind.left(connection);
  };

  /** Ends the stream of the client that is logged in. */
  end(code: number): void {
    const connection = this.#current;
    if (connection === undefined) return;
    const reason = { 401: 'device_removed', 440: 'replaced' }[code];
    const content = reason === undefined ? [] : [{ tag: 'conflict', attrs: { type: reason } }];
    connection.send({ tag: 'stream:error', attrs: { code: String(code) }, content });
    connection.close();
  }

  #login(connection: Connection): void {
    this.end(440);
    this.#current = connection;
    this.logins += 1;
    const lid = deviceJid(this.#account.owner.lid, this.#account.device?.number ?? 0);
    const t = String(Math.floor(Date.now() / 1000));
    connection.send({ tag: 'success', attrs: { t, lid, location: 'loopback' } });
    this.#behind.loggedIn(connection);
  }

  #isLinked({ noiseKey, payload }: ClientFinish): boolean {
    const { device, owner } = this.#account;
    return (
      device !== undefined &&
      noiseKey.equals(device.noiseKey) &&
      payload.device === device.number &&
      `${String(payload.username)}@s.whatsapp.net` === owner.jid
    );
  }

  #refuse(connection: Connection, code: number): void {
    connection.send({ tag: 'failure', attrs: { reason: String(code), location: 'loopback' } });
    connection.close();
  }
}
