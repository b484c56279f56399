/**
 * The gateway's own door: whether it may start as configured, and which requests and devices it
 * lets in.
 *
 * @module
 */
export { type AuthInput, decideAuth } from './auth.ts';
export { type DeviceInput, type DeviceRights, decideDevice, scopesWithin } from './device.ts';
export { type HostInput, decideHost } from './host.ts';
export { type OriginInput, decideOrigin } from './origin.ts';
export { type ClientValue, type ProxyInput, decideProxy } from './proxy.ts';
export {
  type RateLimitAttempt,
  type RateLimitEntry,
  type RateLimitKey,
  type RateLimitState,
  type RateLimitStep,
  type RateLimitSubject,
  checkRateLimit,
  isSpent,
  rateLimitKey,
  rateLimitTransition,
} from './rate-limit.ts';
export { type ScopeInput, decideScope } from './scope.ts';
export { type StoredSecret, isPlaceholder, isStored, parseStored, sameSecret } from './secret.ts';
export { authModeOf, identityCeilingOf, storedSecretOf } from './settings.ts';
export { type StartFacts, type StartValue, decideStart } from './start.ts';
