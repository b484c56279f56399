/**
 * Paired devices and their tokens.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { idSchema, noParamsSchema, timestampSchema } from './scalars.ts';

/** A device that asks to be let in: an entry of `device.pair.list`, and `device.pair.requested`. */
export const deviceRequestSchema = z.strictObject({
  requestId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/),
  deviceId: idSchema,
  publicKey: idSchema,
  displayName: idSchema.optional(),
  platform: idSchema.optional(),
  deviceFamily: idSchema.optional(),
  clientId: idSchema.optional(),
  clientMode: idSchema.optional(),
  browserOrigin: idSchema.optional(),
  role: idSchema,
  roles: z.array(idSchema),
  scopes: z.array(idSchema),
  remoteIp: idSchema.optional(),
  /** True when a known device asks for more. */
  isRepair: z.boolean(),
  ts: timestampSchema,
});

/** A device that asks to be let in. */
export type DeviceRequest = z.infer<typeof deviceRequestSchema>;

/** A device that was let in. Token values are never listed. */
export const pairedDeviceSchema = z.strictObject({
  deviceId: idSchema,
  publicKey: idSchema,
  displayName: idSchema.optional(),
  platform: idSchema.optional(),
  deviceFamily: idSchema.optional(),
  clientId: idSchema.optional(),
  clientMode: idSchema.optional(),
  role: idSchema,
  roles: z.array(idSchema),
  scopes: z.array(idSchema),
  /** `local`: at once, on this machine. `setup`: by a setup code. `proxy`: for a user of the proxy. */
  approvedVia: z.enum(['local', 'owner', 'setup', 'proxy']),
  createdAtMs: timestampSchema,
  approvedAtMs: timestampSchema,
  connected: z.boolean(),
  tokens: z.array(
    z.strictObject({
      role: idSchema,
      scopes: z.array(idSchema),
      createdAtMs: timestampSchema,
      rotatedAtMs: timestampSchema.optional(),
      revokedAtMs: timestampSchema.optional(),
    }),
  ),
});

/** A device that was let in. */
export type PairedDevice = z.infer<typeof pairedDeviceSchema>;

/** Payload of the event `device.pair.resolved`. */
export const deviceResolvedSchema = z.strictObject({
  requestId: idSchema,
  deviceId: idSchema,
  decision: z.enum(['approved', 'rejected']),
  ts: timestampSchema,
});

const setupAccessSchema = z.enum(['full', 'limited', 'node']);

/** What became of a request for more scopes. */
const upgradeSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('approved'),
    requestId: idSchema,
    deviceToken: idSchema,
    scopes: z.array(idSchema),
  }),
  z.strictObject({ status: z.literal('rejected'), requestId: idSchema }),
  z.strictObject({ status: z.literal('expired'), requestId: idSchema }),
]);

const requestParamsSchema = z.strictObject({ requestId: idSchema.max(128) });
const deviceParamsSchema = z.strictObject({ deviceId: idSchema.max(128) });

/** Methods on devices. */
export const deviceMethods = defineMethods({
  'device.pair.list': {
    scope: 'operator.pairing',
    params: noParamsSchema,
    result: z.strictObject({
      pending: z.array(deviceRequestSchema),
      paired: z.array(pairedDeviceSchema),
    }),
    summary: 'Devices that ask, and devices that are paired. A device without admin sees itself.',
  },
  'device.pair.approve': {
    scope: 'operator.pairing',
    params: requestParamsSchema,
    result: z.strictObject({ requestId: idSchema, device: pairedDeviceSchema }),
    summary: 'Pairs a device. Nobody can grant a scope without holding it.',
  },
  'device.pair.reject': {
    scope: 'operator.pairing',
    params: requestParamsSchema,
    result: z.strictObject({ requestId: idSchema, deviceId: idSchema }),
    summary: 'Refuses a device.',
  },
  'device.pair.setupCode': {
    scope: 'operator.admin',
    params: z.strictObject({
      /** Where devices reach the gateway: http, https, ws or wss. */
      publicUrl: idSchema.max(2048).optional(),
      preferRemoteUrl: z.boolean().optional(),
      /** Accepted and without effect: whoever shows the code draws it. */
      includeQr: z.boolean().optional(),
      bootstrapProfile: z.enum(['limited', 'node']).optional(),
      /** Also make an address of the chat page that signs a browser in. */
      joinUrl: z.literal(true).optional(),
    }),
    result: z.strictObject({
      setupId: idSchema.max(128),
      setupCode: idSchema,
      joinUrl: idSchema.optional(),
      gatewayUrl: idSchema,
      auth: z.enum(['token', 'password']),
      urlSource: idSchema,
      access: setupAccessSchema,
      expiresAtMs: timestampSchema,
    }),
    summary: 'Makes a code that pairs one device, once, within minutes. It is shown here only.',
  },
  'device.pair.setupStatus': {
    scope: 'operator.admin',
    params: z.strictObject({ setupId: idSchema.max(128) }),
    result: z.strictObject({
      completion: z
        .strictObject({
          setupId: idSchema,
          deviceId: idSchema,
          deviceName: idSchema.optional(),
          access: setupAccessSchema,
          ts: timestampSchema,
        })
        .optional(),
    }),
    summary: 'Whether a setup code was used, and by which device.',
  },
  'device.scopes.requestUpgrade': {
    scope: 'operator.read',
    params: z.strictObject({ scopes: z.array(idSchema.max(64)).min(1).max(8) }),
    result: z.strictObject({ requestId: idSchema }),
    summary: 'Asks an operator for more scopes, for the device that calls.',
  },
  'device.scopes.waitUpgrade': {
    scope: 'operator.read',
    params: z.strictObject({ requestId: idSchema.max(128) }),
    result: upgradeSchema,
    summary: 'Waits for the answer to a request for more scopes.',
  },
  'device.pair.remove': {
    scope: 'operator.pairing',
    params: deviceParamsSchema,
    result: z.strictObject({ deviceId: idSchema }),
    summary: 'Unpairs a device and closes its connections.',
  },
  'device.pair.rename': {
    scope: 'operator.pairing',
    params: z.strictObject({ deviceId: idSchema.max(128), label: idSchema.max(64) }),
    result: z.strictObject({ deviceId: idSchema, label: idSchema }),
    summary: 'Gives a device a name.',
  },
  'device.token.rotate': {
    scope: 'operator.pairing',
    params: z.strictObject({
      deviceId: idSchema.max(128),
      role: idSchema,
      scopes: z.array(idSchema).optional(),
    }),
    result: z.strictObject({
      deviceId: idSchema,
      role: idSchema,
      scopes: z.array(idSchema),
      rotatedAtMs: timestampSchema,
      tokenDelivery: z.enum(['in-band', 'withheld-cross-device']),
      token: idSchema.optional(),
    }),
    summary: "Replaces a device's token. Only the device itself is told the new one.",
  },
  'device.token.revoke': {
    scope: 'operator.pairing',
    params: z.strictObject({ deviceId: idSchema.max(128), role: idSchema }),
    result: z.strictObject({ deviceId: idSchema, role: idSchema, revokedAtMs: timestampSchema }),
    summary: "Makes a device's token useless; the device stays paired.",
  },
});
