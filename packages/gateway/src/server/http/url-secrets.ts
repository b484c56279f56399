/**
 * Secrets in the address of a request.
 *
 * An address is kept in histories and in the logs of every proxy on the way, so a secret in one is
 * not looked at, right or wrong: whoever sends it is told where it belongs.
 *
 * @module
 */
import type { HttpRefusal } from '../peer.ts';

/** Names under which clients send secrets, without `-` and `_`. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'accesskey',
  'accesstoken',
  'apikey',
  'authorization',
  'authtoken',
  'bearer',
  'bootstraptoken',
  'devicetoken',
  'gatewaytoken',
  'passwd',
  'password',
  'secret',
  'token',
]);

/** The refusal of a request whose query names a secret, or undefined. */
export function judgeQuery(target: string | undefined): HttpRefusal | undefined {
  const query = target?.split('#', 1)[0]?.split('?').slice(1).join('?') ?? '';
  if (query === '') return undefined;
  const names = new URLSearchParams(query).keys();
  for (const name of names) {
    if (SECRET_NAMES.has(name.toLowerCase().replaceAll(/[-_]/gu, ''))) return REFUSAL;
  }
  return undefined;
}

const REFUSAL: HttpRefusal = {
  status: 400,
  type: 'secret_in_url',
  message:
    'Secrets do not belong in an address, where histories and logs keep them. Send the header "Authorization: Bearer <token>", or connect and send it in the first frame. Replace the secret if it was real.',
};
