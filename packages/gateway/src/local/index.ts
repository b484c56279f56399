/**
 * What programs beside a gateway know of the one that owns a state directory: where it listens, by
 * what secret it is reached, which address a config asks for. Light to load.
 *
 * @module
 */
export { describeAgents } from '../agents.ts';
export { type AuditVerdict, CHAIN_PAGE, verifyChain } from '../audit/chain.ts';
export { AUDIT_LOG } from '../audit/journal.ts';
export { sandboxModes } from '../brokers/sandbox-settings.ts';
export {
  type GatewayAddress,
  dialable,
  isLoopback,
  pageUrl,
  readAddress,
  removeAddress,
} from './address.ts';
export { type HookSettings, hooksOf } from '../hooks/settings.ts';
export { type Bind, decideBind, decidePort } from './bind.ts';
export { readChainKey } from './chain-key.ts';
export { DeviceIdentity } from './device-identity.ts';
export { openConfig } from './config.ts';
export { type GatewaySecrets, gatewaySecrets, policyConfig } from './gateway-token.ts';
export { type Machine, thisMachine } from './machine.ts';
export { type TextFile, readTextFile } from '../config/text-file.ts';
export { refusalOf, requireStartable, whyNotStartable } from './startable.ts';
