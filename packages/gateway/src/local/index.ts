/**
 * What programs beside a gateway know of the one that owns a state directory: where it listens, by
 * what secret it is reached, which address a config asks for. Light to load.
 *
 * @module
 */
export { type GatewayAddress, dialable, pageUrl, readAddress } from './address.ts';
export { type Bind, decideBind, decidePort } from './bind.ts';
export { openConfig } from './config.ts';
export { type GatewaySecrets, gatewaySecrets, policyConfig } from './gateway-token.ts';
export { type Machine, thisMachine } from './machine.ts';
export { requireStartable } from './startable.ts';
