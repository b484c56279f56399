/**
 * Methods on setup codes.
 *
 * @module
 */
import { SCOPES } from '@portcullis/protocol';

import { getPath } from '../../../config/index.ts';
import type { Services } from '../../../services.ts';
import { firstNotGrantable } from '../../authority.ts';
import type { SetupRights } from '../../devices/setup-codes.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { deviceOf, noteDevice } from './authority.ts';

/** How long a code to be typed or scanned on another machine counts. */
const CODE_MS = 10 * 60_000;

/** How long an address that signs a browser in counts: it is opened at once. */
const LINK_MS = 2 * 60_000;

/** What a device gets that is not the owner's. */
const LIMITED: readonly string[] = [
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.questions',
];

function rightsFor(profile: 'limited' | 'node' | undefined): SetupRights {
  if (profile === 'node') return { role: 'node', scopes: [], access: 'node' };
  if (profile === 'limited') return { role: 'operator', scopes: LIMITED, access: 'limited' };
  return { role: 'operator', scopes: SCOPES, access: 'full' };
}

interface Place {
  readonly url: URL;
  readonly source: string;
}

/** Where devices reach the gateway: as the caller says, else as the config does. */
function placeOf(
  services: Services,
  {
    publicUrl,
    preferRemoteUrl,
  }: { publicUrl?: string | undefined; preferRemoteUrl?: boolean | undefined },
): Place {
  const config = services.config().value;
  const remote = ['gateway.remote.url'] as const;
  const keys =
    preferRemoteUrl === true ? [...remote, 'gateway.publicOrigin'] : ['gateway.publicOrigin'];
  const configured = keys
    .map((key) => ({ text: getPath(config, key), source: key }))
    .find(({ text }) => typeof text === 'string');
  const { text, source } =
    publicUrl === undefined
      ? (configured ?? { text: undefined, source: '' })
      : { text: publicUrl, source: 'publicUrl' };
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null || !/^(?:https?|wss?):$/u.test(url.protocol) || url.username !== '') {
    throw invalidRequest('publicUrl is needed: where do devices reach this gateway?');
  }
  return { url, source };
}

/** The address of a place with another scheme, and without anything that could hold a secret. */
function addressOf({ url }: Place, kind: 'socket' | 'page'): string {
  const isSafe = url.protocol === 'https:' || url.protocol === 'wss:';
  const scheme = kind === 'socket' ? (isSafe ? 'wss:' : 'ws:') : isSafe ? 'https:' : 'http:';
  const path = kind === 'page' ? url.pathname : url.pathname.replace(/\/$/u, '');
  return `${scheme}//${url.host}${path}`;
}

/** Methods on setup codes. */
export const deviceSetupHandlers: Handlers<'device.pair.setupCode' | 'device.pair.setupStatus'> = {
  'device.pair.setupCode': async (params, context) => {
    const { plane, services, caller } = context;
    const place = placeOf(services, params);
    const rights = rightsFor(params.bootstrapProfile);
    const lacking = firstNotGrantable(caller.scopes, rights.scopes);
    if (lacking !== undefined) throw invalidRequest(`missing scope: ${lacking}`);
    const isLink = params.joinUrl === true;
    const ttlMs = isLink ? LINK_MS : CODE_MS;
    const { row, token } = await plane.devices.setups.make(rights, ttlMs, {
      deviceId: deviceOf(caller),
      generation: plane.authGeneration(),
    });
    const { setupId, access, expiresAtMs } = row;
    await noteDevice(context, 'device.setup_code_made', { setupId, access });
    const gatewayUrl = addressOf(place, 'socket');
    const content = JSON.stringify({ url: gatewayUrl, bootstrapToken: token });
    const mode = getPath(services.config().value, 'gateway.auth.mode');
    return {
      setupId,
      setupCode: Buffer.from(content).toString('base64url'),
      // Behind the #, which no browser sends to anybody.
      ...(isLink && { joinUrl: `${addressOf(place, 'page')}#bootstrapToken=${token}` }),
      gatewayUrl,
      auth: mode === 'password' ? 'password' : 'token',
      urlSource: place.source,
      access,
      expiresAtMs,
    };
  },
  'device.pair.setupStatus': async ({ setupId }, { plane }) => {
    const row = await plane.devices.setups.status(setupId);
    if (row?.used === undefined) return {};
    const { deviceId, deviceName, atMs } = row.used;
    const named = deviceName === undefined ? {} : { deviceName };
    return { completion: { setupId, deviceId, ...named, access: row.access, ts: atMs } };
  },
};
