/**
 * What clients of the gateway have to show.
 *
 * @module
 */
import type { SecretFact } from './facts.ts';
import { type AuditSubject, at } from './subject.ts';

/** How clients prove themselves. */
export type Mode = 'none' | 'token' | 'password' | 'trusted-proxy';

/** `gateway.auth.mode`, where it is set to something. */
export function configuredMode({ config }: AuditSubject): Mode | undefined {
  const mode = at(config, 'gateway.auth.mode');
  return mode === 'none' || mode === 'token' || mode === 'password' || mode === 'trusted-proxy'
    ? mode
    : undefined;
}

/** True for a secret that is more than an empty text. One that says `undefined` is a fault of its own. */
export function counts(secret: SecretFact | undefined): boolean {
  return secret !== undefined && !(secret.isBlank && (secret.length ?? 0) === 0);
}

const NEW_TOKEN = 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin';

/** The remedy where nobody has to show anything although that was asked for; else the check's own. */
export function secretRemedy(subject: AuditSubject): { readonly remedy?: string } {
  if (configuredMode(subject) !== 'none') return {};
  return { remedy: `${NEW_TOKEN}, then: openclaw config set gateway.auth.mode token` };
}
