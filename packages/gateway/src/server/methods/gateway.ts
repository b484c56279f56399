/**
 * Logs, presence and identity of the gateway.
 *
 * @module
 */
import { logFile } from '../../config/index.ts';
import { tailLog } from '../../log/tail.ts';
import type { Handlers } from '../plane.ts';

/** Methods on the gateway itself, beside health and status. */
export const gatewayHandlers: Handlers<
  'logs.tail' | 'system-presence' | 'last-heartbeat' | 'gateway.identity.get'
> = {
  'logs.tail': (params, { services }) =>
    tailLog(logFile(services.config(), services.paths), params),
  'system-presence': (_params, { plane }) => [...plane.presence()],
  'last-heartbeat': () => null,
  'gateway.identity.get': (_params, { plane }) => ({
    deviceId: plane.devices.identity.deviceId,
    publicKey: plane.devices.identity.publicKey,
  }),
};
