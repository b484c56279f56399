/**
 * The handshake: challenge, connect, hello-ok.
 *
 * @module
 */
import { z } from 'zod';

import { stateVersionSchema } from './frames.ts';
import { countSchema, idSchema, integer, timestampSchema } from './scalars.ts';

/** Who may call at all. */
export const CLIENT_IDS = [
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-browser-copilot',
  'openclaw-tui',
  'webchat',
  'cli',
  'gateway-client',
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
  'node-host',
  'openclaw-worker',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const;

/** What a client is used as. */
export const CLIENT_MODES = [
  'webchat',
  'cli',
  'ui',
  'backend',
  'node',
  'worker',
  'probe',
  'test',
] as const;

/** First frame of the gateway: payload of the event `connect.challenge`. */
export const challengeSchema = z.strictObject({
  /** Fresh per connection; a device signs it. */
  nonce: idSchema,
  /** The gateway's clock. A device uses it as `signedAt`. */
  ts: timestampSchema,
});

/** A client as it introduces itself. */
export const clientInfoSchema = z.strictObject({
  id: z.enum(CLIENT_IDS),
  displayName: idSchema.optional(),
  version: idSchema,
  buildId: idSchema.max(96).optional(),
  platform: idSchema,
  deviceFamily: idSchema.optional(),
  modelIdentifier: idSchema.optional(),
  timeZone: idSchema.max(64).optional(),
  mode: z.enum(CLIENT_MODES),
  instanceId: idSchema.optional(),
});

/** Proof that the client holds a device's Ed25519 key. */
export const deviceProofSchema = z.strictObject({
  /** Lower-case hex SHA-256 of the raw public key. */
  id: idSchema,
  /** Base64url of the raw 32 bytes, or PEM. */
  publicKey: idSchema,
  signature: idSchema,
  signedAt: countSchema,
  nonce: z.string(),
});

/** Device proof as received. */
export type DeviceProof = z.infer<typeof deviceProofSchema>;

/** Credentials. They are accepted here and nowhere else: never in a URL. */
export const connectAuthSchema = z.strictObject({
  token: z.string().optional(),
  bootstrapToken: z.string().optional(),
  deviceToken: z.string().optional(),
  password: z.string().optional(),
  approvalRuntimeToken: z.string().optional(),
  agentRuntimeIdentityToken: z.string().optional(),
});

/** Credentials of a connect request. */
export type ConnectAuth = z.infer<typeof connectAuthSchema>;

/** Parameters of the first request, `connect`. */
export const connectParamsSchema = z.strictObject({
  minProtocol: integer().min(1),
  maxProtocol: integer().min(1),
  client: clientInfoSchema,
  caps: z.array(idSchema).optional(),
  commands: z.array(idSchema).optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
  pathEnv: z.string().optional(),
  computerUse: z.unknown().optional(),
  workerRuns: z.unknown().optional(),
  role: idSchema.optional(),
  scopes: z.array(idSchema).optional(),
  device: deviceProofSchema.optional(),
  auth: connectAuthSchema.optional(),
  locale: z.string().optional(),
  userAgent: z.string().optional(),
  modelCatalog: z.unknown().optional(),
});

/** Parameters of the first request, `connect`. */
export type ConnectParams = z.infer<typeof connectParamsSchema>;

/** Somebody who is there: the gateway itself first, then clients that people look at. */
export const presenceEntrySchema = z.strictObject({
  host: idSchema.optional(),
  version: idSchema.optional(),
  platform: idSchema.optional(),
  deviceFamily: idSchema.optional(),
  mode: idSchema.optional(),
  reason: z.enum(['self', 'connect', 'disconnect']).optional(),
  text: z.string().optional(),
  ts: timestampSchema,
  deviceId: idSchema.optional(),
  roles: z.array(idSchema).optional(),
  scopes: z.array(idSchema).optional(),
  instanceId: idSchema.optional(),
  onlineSince: timestampSchema.optional(),
});

/** Somebody who is there. */
export type PresenceEntry = z.infer<typeof presenceEntrySchema>;

/** The answer to `connect`. */
export const helloOkSchema = z.strictObject({
  type: z.literal('hello-ok'),
  protocol: integer().min(1),
  server: z.strictObject({ version: idSchema, connId: idSchema, bootId: idSchema.optional() }),
  features: z.strictObject({
    methods: z.array(idSchema),
    events: z.array(idSchema),
    /** `published-model-catalog`: `models.list` is what can be used, not all there is. */
    capabilities: z.array(z.literal('published-model-catalog')),
  }),
  snapshot: z.strictObject({
    presence: z.array(presenceEntrySchema),
    health: z.strictObject({}),
    stateVersion: stateVersionSchema,
    uptimeMs: countSchema,
    sessionDefaults: z.strictObject({
      defaultAgentId: idSchema,
      mainKey: idSchema,
      mainSessionKey: idSchema,
      scope: idSchema,
      modelConfigured: z.boolean(),
    }),
    suspension: z.strictObject({ phase: z.literal('accepting') }),
    /** The last three only for `operator.admin`. */
    configPath: idSchema.optional(),
    stateDir: idSchema.optional(),
    authMode: z.enum(['none', 'token', 'password', 'trusted-proxy']).optional(),
  }),
  auth: z.strictObject({
    role: idSchema,
    /** Exactly what is enforced. */
    scopes: z.array(idSchema),
    deviceToken: idSchema.optional(),
    issuedAtMs: timestampSchema.optional(),
  }),
  policy: z.strictObject({
    maxPayload: integer().min(1),
    maxBufferedBytes: integer().min(1),
    tickIntervalMs: integer().min(1),
    attachments: z.strictObject({ maxBytes: integer().min(1), maxImageBytes: integer().min(1) }),
  }),
});

/** The answer to `connect`. */
export type HelloOk = z.infer<typeof helloOkSchema>;
