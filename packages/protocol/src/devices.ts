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
  clientId: idSchema.optional(),
  clientMode: idSchema.optional(),
  role: idSchema,
  roles: z.array(idSchema),
  scopes: z.array(idSchema),
  approvedVia: z.enum(['local', 'owner']),
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
