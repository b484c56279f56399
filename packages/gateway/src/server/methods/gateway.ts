/**
 * Configuration, logs, presence and identity of the gateway.
 *
 * @module
 */
import type { Handlers } from '../plane.ts';
import { viewConfig } from './config-view.ts';
import { tailLog } from './operations/log-tail.ts';

/** Methods on the gateway itself, beside health and status. */
export const gatewayHandlers: Handlers<
  'config.get' | 'logs.tail' | 'system-presence' | 'last-heartbeat' | 'gateway.identity.get'
> = {
  'config.get': (_params, { services }) => viewConfig(services.config()),
  'logs.tail': (params, { services }) => tailLog(services.paths.logsDir, params),
  'system-presence': (_params, { plane }) => [...plane.presence()],
  'last-heartbeat': () => null,
  'gateway.identity.get': (_params, { plane }) => ({
    deviceId: plane.devices.identity.deviceId,
    publicKey: plane.devices.identity.publicKey,
  }),
};
