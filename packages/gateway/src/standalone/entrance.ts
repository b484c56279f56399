/**
 * Who may come in, as the config in force says: its secrets resolved, its exposure accepted by policy.
 *
 * @module
 */
import type { ReloadRoom } from '../reload/reloader.ts';
import type { ConfigObject, LiveSecrets, LoadedConfig, StatePaths } from '../config/index.ts';

import { type Bind, decideBind } from '../local/bind.ts';
import type { Machine } from '../local/machine.ts';
import {
  type GatewaySecrets,
  gatewaySecrets,
  policyConfig,
  writtenSecrets,
} from '../local/gateway-token.ts';

/** The secrets clients come in with, following the config. */
export class Entrance implements ReloadRoom {
  readonly path = 'gateway';
  /** Half a change of who may come in would be none that anybody wrote. */
  readonly keepsSection = true;
  readonly #paths: StatePaths;
  readonly #secrets: LiveSecrets;
  readonly #machine: Machine;
  #auth: GatewaySecrets;
  #seen: { config: LoadedConfig; auth: GatewaySecrets; value: ConfigObject } | undefined;

  /** Throws `secret.unresolved` when a configured secret cannot be had. */
  constructor(paths: StatePaths, secrets: LiveSecrets, machine: Machine) {
    this.#paths = paths;
    this.#secrets = secrets;
    this.#machine = machine;
    this.#auth = this.#read(secrets);
  }

  get auth(): GatewaySecrets {
    return this.#auth;
  }

  /** Where a gateway of this config may listen. Throws `gateway.start_refused`. */
  bind(config: LoadedConfig, secrets: Pick<LiveSecrets, 'resolve'> = this.#secrets): Bind {
    return decideBind(policyConfig(config, writtenSecrets(secrets)), this.#machine);
  }

  /** A config as policy reads it. The same object for the same config and secrets. */
  policyConfig(config: LoadedConfig): ConfigObject {
    if (this.#seen?.config !== config || this.#seen.auth !== this.#auth) {
      this.#seen = { config, auth: this.#auth, value: policyConfig(config, this.#auth) };
    }
    return this.#seen.value;
  }

  /** Throws `secret.unresolved`, and `gateway.start_refused` for what no gateway would start with. */
  readonly prepare: ReloadRoom['prepare'] = async ({ config, secrets }) => {
    this.bind(config, secrets);
    const auth = this.#read(secrets);
    return {
      put: () => {
        this.#auth = auth;
      },
    };
  };

  #read(secrets: Pick<LiveSecrets, 'resolve'>): GatewaySecrets {
    const auth = gatewaySecrets(secrets, this.#paths, true);
    if (auth.standInFile !== undefined && auth.token !== undefined) this.#secrets.keep(auth.token);
    return auth;
  }
}
