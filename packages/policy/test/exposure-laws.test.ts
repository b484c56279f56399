// Laws of the gateway's door: every configuration of a small world.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideStart, isPlaceholder } from '../src/exposure/index.ts';
import { decide } from '../src/ops.ts';

const STRONG = 'k7Qm2xV9bT4wZ8pL1nR6sD3f';
const BINDS = [undefined, 'loopback', 'lan', 'tailnet', 'custom', 'auto', '::', 'public', 7];
const MODES = [undefined, 'none', 'token', 'password', 'trusted-proxy', 'None'];
const SECRETS = [undefined, '', ' ', 'undefined', 'change-me', STRONG, 5];
const TAILSCALE = [undefined, 'off', 'serve', 'funnel', 'on'];

const legal = (choices: readonly unknown[], value: unknown) =>
  value === undefined || (typeof value === 'string' && choices.includes(value));
const usable = (secret: unknown) =>
  typeof secret === 'string' &&
  !['', 'undefined', 'null'].includes(secret.trim()) &&
  !isPlaceholder(secret);

test('nothing reachable starts without authentication, and nothing unknown starts at all', () => {
  let allowed = 0;
  for (const bind of BINDS)
    for (const mode of MODES)
      for (const token of SECRETS)
        for (const password of SECRETS)
          for (const tailscale of TAILSCALE)
            for (const proxies of [undefined, ['10.0.0.2']])
              for (const bindHost of [undefined, '100.64.0.5']) {
                const decision = decideStart(
                  {
                    gateway: {
                      bind,
                      customBindHost: '192.168.1.5',
                      auth: {
                        mode,
                        token,
                        password,
                        ...(proxies && { trustedProxy: { userHeader: 'x-user' } }),
                      },
                      tailscale: { mode: tailscale },
                      trustedProxies: proxies,
                      controlUi: { enabled: false },
                    },
                  },
                  bindHost === undefined ? {} : { bindHost },
                );
                if (decision.effect !== 'allow') continue;
                allowed += 1;
                expect(legal(BINDS.slice(0, 7), bind) && legal(MODES.slice(0, 5), mode)).toBe(true);
                expect(legal(TAILSCALE.slice(0, 4), tailscale)).toBe(true);
                expect([token, password].includes(5)).toBe(false);
                const effective = mode ?? (password === undefined ? 'token' : 'password');
                const secret =
                  effective === 'token' ? token : effective === 'password' ? password : undefined;
                const { exposed } = decision.value as { exposed: boolean };
                const proxied = effective === 'trusted-proxy' && proxies !== undefined;
                if (exposed) expect(usable(secret) || proxied).toBe(true);
                if (tailscale === 'funnel')
                  expect(effective === 'password' && usable(secret)).toBe(true);
                if (tailscale === 'serve' || tailscale === 'funnel') {
                  expect(exposed).toBe(false);
                  expect(effective).not.toBe('none');
                }
              }
  expect(allowed).toBeGreaterThan(100);
});

const OPS = [
  'gateway.start',
  'gateway.request.host',
  'gateway.request.proxy',
  'gateway.request.auth',
  'gateway.request.device',
  'gateway.request.scope',
  'ratelimit.run',
];

test('any JSON is answered, and none of it opens the door', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (config, input) => {
      for (const op of OPS) expect(decide(op, config, input).effect).toBe('deny');
    }),
    { numRuns: 2000 },
  );
});
