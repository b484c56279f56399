/**
 * The gateway's door under its operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asCount, asList, InvalidSetting, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { type AuthInput, decideAuth } from './auth.ts';
import { decideDevice, type DeviceInput } from './device.ts';
import { decideHost, type HostInput } from './host.ts';
import { decideOrigin, type OriginInput } from './origin.ts';
import { decideProxy, type ProxyInput } from './proxy.ts';
import { type RateLimitAttempt, type RateLimitState, rateLimitTransition } from './rate-limit.ts';
import { decideScope, type ScopeInput } from './scope.ts';
import { decideStart, type StartFacts } from './start.ts';

/** An operation on untrusted JSON. */
type Op = (config: unknown, input: unknown) => Decision;

/** A run of attempts; the answer is that of the last one. */
function runRateLimit(config: unknown, input: unknown): Decision {
  return total(() => {
    let state: RateLimitState = {};
    let last: Decision | undefined;
    for (const step of asList(setting(input, 'steps')) ?? []) {
      const start = setting(step, 'now').value;
      if (typeof start !== 'number') throw new InvalidSetting('steps.now');
      const times = Math.min(asCount(setting(step, 'times'), 1) ?? 1, 100_000);
      const every = asCount(setting(step, 'every'), 0) ?? 0;
      for (let round = 0; round < times; round += 1) {
        const now = start + round * every;
        const result = rateLimitTransition(state, step as RateLimitAttempt, now, config);
        state = result.state;
        last = result.decision;
      }
    }
    if (last === undefined) throw new InvalidSetting('steps');
    return last;
  });
}

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const exposureOps: Readonly<Record<string, Op>> = {
  'gateway.start': (config, input) =>
    total(() => decideStart(config, (setting(input, 'facts').value ?? {}) as StartFacts)),
  'gateway.request.host': (config, input) => decideHost(config, input as HostInput),
  'gateway.request.proxy': (config, input) => decideProxy(config, input as ProxyInput),
  'gateway.request.origin': (config, input) => decideOrigin(config, input as OriginInput),
  'gateway.request.auth': (config, input) => decideAuth(config, input as AuthInput),
  'gateway.request.device': (config, input) => decideDevice(config, input as DeviceInput),
  'gateway.request.scope': (config, input) => decideScope(config, input as ScopeInput),
  'ratelimit.run': runRateLimit,
};
