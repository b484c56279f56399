/**
 * The claim about requests: who gets through, and how often anybody may guess.
 *
 * @module
 */
import { type AuthInput, decideAuth } from '../../../src/exposure/auth.ts';
import { decideOrigin } from '../../../src/exposure/origin.ts';
import { type ClientValue, decideProxy } from '../../../src/exposure/proxy.ts';
import {
  type RateLimitState,
  checkRateLimit,
  rateLimitTransition,
} from '../../../src/exposure/rate-limit.ts';
import { type Claim, type Run, explore, present, product } from '../explorer.ts';
import { RIGHT } from '../exposure-domain.ts';

/** One request as the network delivers it. */
interface Request {
  readonly source: string;
  readonly forwarded: Readonly<Record<string, string>>;
  readonly credential: 'none' | 'wrong' | 'right';
  readonly origin?: string | undefined;
  readonly user?: string | undefined;
  readonly tailnet?: 'matching' | 'other' | 'main listener' | undefined;
}

interface Outcome {
  readonly state: RateLimitState;
  readonly allowed: boolean;
  /** Whether the credential was looked at. */
  readonly compared: boolean;
  readonly local: boolean;
}

function listenerOf({ tailnet }: Request): 'main' | 'tailscale' {
  return tailnet === undefined || tailnet === 'main listener' ? 'main' : 'tailscale';
}

function authInput(request: Request, client: ClientValue): AuthInput {
  const { source, forwarded, credential, user, tailnet } = request;
  const secret = credential === 'right' ? RIGHT : 'a guess';
  const login = tailnet === 'other' ? 'mallory@x.test' : 'alice@x.test';
  const headers = { ...forwarded, ...present({ 'x-user': user }) } as Record<string, string>;
  return {
    surface: 'control-ui',
    listener: listenerOf(request),
    source,
    local: client.local,
    ...(credential === 'none' ? {} : { credentials: { token: secret, password: secret } }),
    headers: tailnet === undefined ? headers : { ...headers, 'tailscale-user-login': login },
    ...(tailnet === undefined ? {} : { whois: 'alice@x.test' }),
  };
}

/** The shipped decisions in their order: proxy, rate limit, origin, authentication. */
function pass(config: unknown, state: RateLimitState, request: Request, now: number): Outcome {
  const { source, forwarded, origin } = request;
  const refused = { state, allowed: false, compared: false, local: false };
  const proxy = decideProxy(config, {
    source,
    headers: forwarded,
    listener: listenerOf(request),
  });
  if (proxy.effect !== 'allow') return refused;
  const client = proxy.value as ClientValue;
  const subject = {
    ip: client.clientIp,
    scope: 'shared',
    ...(origin === undefined ? {} : { origin }),
  };
  if (checkRateLimit(state, subject, now, config).effect !== 'allow') return refused;
  const page = {
    local: client.local,
    host: 'gateway.test',
    ...(origin === undefined ? {} : { origin }),
  };
  if (decideOrigin(config, page).effect !== 'allow') return refused;
  const { effect, code } = decideAuth(config, authInput(request, client));
  const result = effect === 'allow' ? 'ok' : code.endsWith('.missing') ? 'missing' : 'wrong';
  const after = rateLimitTransition(state, { ...subject, result }, now, config).state;
  const compared = request.credential !== 'none';
  return { state: after, allowed: effect === 'allow', compared, local: client.local };
}

const PROXY = '10.0.0.2';
const SOURCES = ['127.0.0.1', '203.0.113.9', PROXY, '::1'] as const;
const FORWARDED: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-for': '198.51.100.7' },
  { 'x-forwarded-for': `198.51.100.7, ${PROXY}` },
  { 'x-forwarded-for': 'unknown' },
  { 'X-Real-IP': '127.0.0.1' },
  { forwarded: 'for=127.0.0.1' },
];
const ORIGINS = [
  undefined,
  'null',
  'https://page.test',
  'http://localhost:1',
  'https://evil.test',
] as const;
const MODES = ['none', 'token', 'password', 'trusted-proxy'] as const;

function doorOf(mode: (typeof MODES)[number], tailscale: 'serve' | undefined): unknown {
  return {
    gateway: present({
      auth: present({
        mode,
        token: mode === 'token' ? RIGHT : undefined,
        password: mode === 'password' ? RIGHT : undefined,
        trustedProxy: mode === 'trusted-proxy' ? { userHeader: 'x-user' } : undefined,
        allowTailscale: tailscale === undefined ? undefined : true,
      }),
      trustedProxies: [PROXY],
      tailscale: present({ mode: tailscale }),
      controlUi: { allowedOrigins: ['https://page.test'] },
    }),
  };
}

/** Whether the rule knows a reason to let the request through. */
function mayPass(mode: (typeof MODES)[number], tailscale: unknown, request: Request): boolean {
  const { source, forwarded, credential, user, tailnet } = request;
  if (listenerOf(request) === 'tailscale') {
    const named = forwarded['x-forwarded-for'] === '198.51.100.7';
    const here = source === '127.0.0.1' || source === '::1';
    if (tailscale !== 'serve' || !here || !named || mode === 'trusted-proxy') return false;
  }
  const direct = Object.keys(forwarded).length === 0 && source !== PROXY;
  if (mode === 'none') return direct && (source === '127.0.0.1' || source === '::1');
  if (mode === 'trusted-proxy') return source === PROXY && user !== undefined;
  if (credential !== 'none') return credential === 'right';
  return tailscale === 'serve' && tailnet === 'matching';
}

function checkRequests(run: Run): void {
  for (const [mode, tailscale, source, forwarded, credential, origin, user, tailnet] of product(
    MODES,
    [undefined, 'serve'] as const,
    SOURCES,
    FORWARDED,
    ['none', 'wrong', 'right'] as const,
    ORIGINS,
    [undefined, 'bob'],
    [undefined, 'matching', 'other', 'main listener'] as const,
  )) {
    const request = { source, forwarded, credential, origin, user, tailnet };
    const { allowed, local } = pass(doorOf(mode, tailscale), {}, request, 0);
    const trace = [mode, tailscale, request] as const;
    run.expect(!allowed || mayPass(mode, tailscale, request), 'a stranger got through', ...trace);
    const here = source === '127.0.0.1' || source === '::1';
    const direct = here && Object.keys(forwarded).length === 0;
    run.expect(!local || direct, 'a forwarded request counts as local', ...trace);
  }
}

interface Guessing {
  readonly state: RateLimitState;
  readonly tick: number;
  readonly wrong: readonly number[];
  readonly lockedUntil: number;
}

const CLOCK = [0, 1, 59_999, 60_000, 300_000, 300_001, 360_001];

function checkGuessing(run: Run): void {
  const config = doorOf('token', undefined);
  const stranger = { source: '203.0.113.9', credential: 'wrong' } as const;
  const wrong = [0, 2, 1].map((index) => ({ ...stranger, forwarded: FORWARDED[index] ?? {} }));
  const right: Request = { ...stranger, forwarded: {}, credential: 'right' };
  const fresh: Guessing = { state: {}, tick: 0, wrong: [], lockedUntil: 0 };
  // A second start, one wrong guess before the lock, brings short traces to what a lock is worth.
  const [guess = right] = wrong;
  const nine = Array.from({ length: 9 }, () => 0);
  const late: Guessing = {
    ...fresh,
    state: nine.reduce<RateLimitState>((state) => pass(config, state, guess, 0).state, {}),
    wrong: nine,
  };
  explore<Guessing, Request | 'tick'>(
    {
      initial: [fresh, late],
      depth: run.long ? 22 : 18,
      actions: ({ tick }) => [
        ...wrong,
        right,
        ...(tick + 1 < CLOCK.length ? ['tick' as const] : []),
      ],
      step(before, request) {
        if (request === 'tick') return { state: { ...before, tick: before.tick + 1 } };
        const now = CLOCK[before.tick] ?? 0;
        const { state, allowed, compared } = pass(config, before.state, request, now);
        const locked = now < before.lockedUntil;
        if (locked) {
          const same = { ...before, state };
          return compared ? { state: same, broken: 'compared during a lock' } : { state: same };
        }
        if (request.credential === 'right') {
          const next = { ...before, state, wrong: [], lockedUntil: 0 };
          return allowed ? { state: next } : { state: next, broken: 'the owner is locked out' };
        }
        const failed = [...before.wrong.filter((at) => now - at < 60_000), now];
        const full = failed.length === 10;
        const next = {
          ...before,
          state,
          wrong: full ? [] : failed,
          lockedUntil: full ? now + 300_000 : 0,
        };
        return compared ? { state: next } : { state: next, broken: 'refused without a lock' };
      },
    },
    run,
  );
}

/** Nobody gets through without a reason, and guessing is slow. */
export const requests: Claim = {
  id: 'G3',
  sentence:
    'a request gets through by a right credential or an identity somebody vouches for, and ten wrong ones lock',
  bounds:
    '4 modes, 2 Tailscale modes, 4 sources, 7 forwarded headers, 3 credentials, 5 origins, proxy and tailnet identities; guesses with 3 headers over 7 times, depth 18. Long: depth 22',
  check(run) {
    checkRequests(run);
    checkGuessing(run);
  },
};
