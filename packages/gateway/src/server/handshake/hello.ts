/**
 * The answer to a successful handshake.
 *
 * @module
 */
import {
  EVENTS,
  type EventSpec,
  type HelloOk,
  LIMITS,
  METHODS,
  type PresenceEntry,
  PROTOCOL_VERSION,
} from '@portcullis/protocol';

import { getPath } from '../../config/index.ts';
import type { Services } from '../../services.ts';
import { holdsScope } from '../authority.ts';
import { isFor } from '../dispatch.ts';
import { defaultAgentId } from '../methods/default-agent.ts';
import type { Grant } from './outcome.ts';

/** What hello-ok tells beside the grant. */
export interface HelloFacts {
  readonly connId: string;
  readonly bootId: string;
  readonly presence: readonly PresenceEntry[];
  readonly stateVersion: { readonly presence: number; readonly health: number };
  readonly tickIntervalMs: number;
}

const AUTH_MODES = ['none', 'token', 'password', 'trusted-proxy'] as const;

function authMode(services: Services): (typeof AUTH_MODES)[number] | undefined {
  const config = services.config().value;
  const password = getPath(config, 'gateway.auth.password');
  const mode =
    getPath(config, 'gateway.auth.mode') ?? (password === undefined ? 'token' : 'password');
  return AUTH_MODES.find((each) => each === mode);
}

function forAdmins(services: Services): Partial<HelloOk['snapshot']> {
  const mode = authMode(services);
  return {
    configPath: services.paths.configPath,
    stateDir: services.paths.stateDir,
    ...(mode !== undefined && { authMode: mode }),
  };
}

/** What a role may call and can hear. */
function featuresFor(role: string): HelloOk['features'] {
  const events: readonly (readonly [string, EventSpec])[] = Object.entries(EVENTS);
  const heard = events.filter(([, { to }]) => (role === 'node' ? to !== undefined : to !== 'node'));
  return {
    methods: Object.keys(METHODS).filter((method) => isFor(role, method)),
    events: heard.map(([name]) => name),
    capabilities: role === 'node' ? [] : ['published-model-catalog'],
  };
}

/** The payload of hello-ok. */
export function helloOk(grant: Grant, services: Services, facts: HelloFacts): HelloOk {
  const agentId = defaultAgentId(services);
  return {
    type: 'hello-ok',
    protocol: PROTOCOL_VERSION,
    server: { version: services.version, connId: facts.connId, bootId: facts.bootId },
    features: featuresFor(grant.role),
    snapshot: {
      presence: [...facts.presence],
      health: {},
      stateVersion: { ...facts.stateVersion },
      uptimeMs: Math.max(0, Date.now() - services.startedAt),
      sessionDefaults: {
        defaultAgentId: agentId,
        mainKey: 'main',
        mainSessionKey: `agent:${agentId}:main`,
        scope: 'per-sender',
        modelConfigured: services.models().active.length > 0,
      },
      suspension: { phase: 'accepting' },
      ...(holdsScope(grant.scopes, 'operator.admin') && forAdmins(services)),
    },
    auth: {
      role: grant.role,
      scopes: [...grant.scopes],
      ...(grant.deviceToken !== undefined && {
        deviceToken: grant.deviceToken.token,
        issuedAtMs: grant.deviceToken.issuedAtMs,
      }),
    },
    policy: {
      maxPayload: LIMITS.payload,
      maxBufferedBytes: LIMITS.buffered,
      tickIntervalMs: facts.tickIntervalMs,
      attachments: { maxBytes: LIMITS.attachment, maxImageBytes: LIMITS.image },
    },
  };
}
