/**
 * Claims about the gateway's door: what it may listen on, and whom it lets through.
 *
 * @module
 */
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, product } from '../explorer.ts';
import {
  BINDS,
  type Door,
  MODES,
  RIGHT,
  SECRETS,
  addressOf,
  doorConfig,
  isSafe,
  mayBeReached,
} from '../exposure-domain.ts';
import { changed } from '../leaves.ts';
import { requests } from './exposure-requests.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

interface Started {
  readonly bindHost?: string;
  readonly exposed?: boolean;
}

function start(config: unknown, bindHost: string | undefined) {
  return decide('gateway.start', config, { facts: bindHost === undefined ? {} : { bindHost } });
}

function judgeStart(door: Door, value: Started): string | undefined {
  const { mode, tailscale, password, token } = door;
  const { bindHost, exposed } = value;
  if (bindHost === undefined || exposed === LOOPBACK.has(bindHost))
    return 'it misstates its address';
  if (exposed === true && !mayBeReached(door)) return 'it is reachable without authentication';
  const inForce = mode ?? (password === undefined ? 'token' : 'password');
  if (tailscale === 'funnel' && !(inForce === 'password' && isSafe(password)))
    return 'the internet reaches it without a password';
  if (tailscale !== undefined && (exposed === true || inForce === 'none'))
    return 'the tailnet reaches it without authentication';
  if (inForce === 'token' && token === 'secret' && tailscale !== undefined)
    return 'a published token is in force';
  return undefined;
}

function checkStart(run: Run): void {
  const secrets = run.long ? SECRETS : SECRETS.filter((each) => each !== ' ');
  for (const [mode, bind, token, password, tailscale, allowTailscale, proxies, origins] of product(
    MODES,
    BINDS,
    secrets,
    secrets,
    [undefined, 'serve', 'funnel'] as const,
    [undefined, true, false],
    [false, true],
    [true, false],
  )) {
    const door: Door = { bind, mode, token, password, tailscale, allowTailscale, proxies, origins };
    const decision = start(doorConfig(door), addressOf(bind));
    const junk = mode === 'None' || bind === 'Lan' || bind === 'anywhere';
    const allowed = decision.effect === 'allow';
    run.expect(!(junk && allowed), 'it starts with a value nobody can read', door, decision);
    const broken = allowed ? judgeStart(door, decision.value as Started) : undefined;
    run.expect(broken === undefined, broken ?? '', door, decision);
  }
}

const JUNK: readonly unknown[] = ['x', 'NONE', 'Lan', 'OFF', '', null, 0, 1.5, true, [], {}, [7]];

/** Settings that decide about the door, with the junk that is legal there. */
const LEAVES: readonly (readonly [readonly string[], (junk: unknown) => boolean])[] = [
  [['bind'], () => false],
  [['auth', 'mode'], () => false],
  [['tailscale', 'mode'], () => false],
  [['auth', 'token'], (junk) => typeof junk === 'string' && junk !== ''],
  [['auth', 'password'], (junk) => typeof junk === 'string'],
  [['auth', 'allowTailscale'], (junk) => junk === true],
  [['auth', 'trustedProxy', 'userHeader'], (junk) => typeof junk === 'string'],
  [['auth', 'trustedProxy', 'allowLoopback'], (junk) => junk === true],
  [['auth', 'rateLimit', 'maxAttempts'], () => false],
  [['auth', 'rateLimit', 'exemptLoopback'], (junk) => junk === true],
  [['trustedProxies'], (junk) => Array.isArray(junk) && junk.length === 0],
  [['allowRealIpFallback'], (junk) => junk === true],
  [['controlUi', 'enabled'], (junk) => junk === true],
  [['controlUi', 'allowedOrigins'], (junk) => Array.isArray(junk) && junk.length === 0],
  [['auth'], (junk) => JSON.stringify(junk) === '{}'],
  [['controlUi'], (junk) => JSON.stringify(junk) === '{}'],
];

function checkJunk(run: Run): void {
  const base = { token: RIGHT, password: undefined, allowTailscale: undefined, origins: true };
  for (const [bind, mode, tailscale, proxies] of product(
    BINDS.slice(0, 11),
    ['token', 'none', 'trusted-proxy', 'password'] as const,
    [undefined, 'serve'] as const,
    [false, true],
  )) {
    const password = mode === 'password' ? RIGHT : undefined;
    const token = mode === 'token' ? RIGHT : undefined;
    const config = doorConfig({ ...base, bind, mode, tailscale, proxies, token, password });
    if (start(config, addressOf(bind)).effect !== 'allow') continue;
    for (const [[path, isLegal], junk] of product(LEAVES, JUNK)) {
      if (isLegal(junk)) continue;
      // An absent secret that is not in force stays absent when it is blank.
      if (path[1] === 'token' && junk === '' && mode !== 'token') continue;
      const decision = start(changed(config, ['gateway', ...path], junk), addressOf(bind));
      run.expect(
        decision.effect === 'deny',
        'it starts with a value nobody can read',
        config,
        path,
        junk,
        decision,
      );
    }
  }
}

/** What is proved about the door. */
export const claims: readonly Claim[] = [
  {
    id: 'G1',
    sentence: 'the gateway is never reachable without authentication that nobody can guess',
    bounds:
      '13 binds, 6 modes, 6 tokens, 6 passwords, 3 Tailscale modes, 3 x allowTailscale, proxies, origins. Long: 7 tokens and passwords',
    check: checkStart,
  },
  {
    id: 'G2',
    sentence: 'a value nobody can read never starts a gateway',
    bounds:
      '12 kinds of junk at 16 settings of every start among 11 binds, 4 modes, 2 Tailscale modes, with and without proxies',
    check: checkJunk,
  },
  requests,
];
