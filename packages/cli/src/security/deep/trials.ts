/**
 * What a running gateway must refuse, tried at it.
 *
 * Nobody is locked out by it: wrong secrets are tried under the origin of a page that no browser can
 * open, whose guesses are counted apart from those of programs and of every other page. Where that is
 * not possible, because the gateway is not reached over the loopback address, they are not tried.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import type { Trial, TrialName } from '@portcullis/policy/audit';

import { type Answered, type Door, type Knock, type Met, ask, knockAt } from './door.ts';

/** What the trials are made with. */
export interface TrialGround {
  readonly door: Door;
  readonly version: string;
  /** What lets the operator in; empty where nothing is known. */
  readonly owner: Pick<Knock, 'token' | 'password'>;
  /** The secret everybody shows who comes in; undefined where nobody can type it. */
  readonly right?: string | undefined;
  /** Secrets, and where the state is: no stranger may be told of them. */
  readonly privateTexts: readonly string[];
  /** Wrong answers that start a lock, by the config. */
  readonly maxAttempts: number;
  /** The gateway is reached over the loopback address of this machine. */
  readonly isHere: boolean;
}

/** A page of nobody's: no browser opens port 1, so no page ever comes from there. */
const NOBODY = 'http://127.0.0.1:1';
const FOREIGN_ORIGIN = 'https://foreign-page.invalid';
const FOREIGN_HOST = 'foreign-name.invalid';

/** Answers a reader's question; only who proved himself is given it. */
const PROTECTED = '/__openclaw/control-ui-config.json';
const HEALTH = ['/health', '/healthz', '/ready', '/readyz'];
const HEALTH_TELLS: ReadonlySet<string> = new Set(['ok', 'status', 'ready', 'failing', 'uptimeMs']);

/** The most guesses that are made. */
const MOST_GUESSES = 100;

type Outcome = Trial['outcome'];

const AUTH = /^(?:AUTH_|DEVICE_IDENTITY_REQUIRED$|NOT_PAIRED$|PAIRING_REQUIRED$)/u;
const GUESSED = /^AUTH_(?:TOKEN_MISMATCH|PASSWORD_MISMATCH|RATE_LIMITED)$/u;

function trial(name: TrialName, outcome: Outcome, what: string): Trial {
  return { name, outcome, what };
}

/** What was met, as the end of a sentence. */
function told(met: Met): string {
  switch (met.kind) {
    case 'in':
      return 'was let in';
    case 'turned_away':
      return `was answered ${String(met.status)}`;
    case 'refused':
      return `was refused with ${met.code}`;
    case 'nothing':
      return `met nothing: ${met.why}`;
  }
}

function answered(answer: Answered): string {
  return answer.status === undefined
    ? `got no answer: ${answer.why}`
    : `was answered ${String(answer.status)}`;
}

function byCredential(met: Met): Outcome {
  if (met.kind === 'in') return 'open';
  if (met.kind === 'refused') return AUTH.test(met.code) ? 'held' : 'unclear';
  return met.kind === 'turned_away' && (met.status === 401 || met.status === 403)
    ? 'held'
    : 'unclear';
}

async function noSecret({ door, version }: TrialGround): Promise<Trial> {
  const met = await knockAt(door, {}, version);
  return trial('no_secret', byCredential(met), `A program without a secret ${told(met)}`);
}

async function http({ door }: TrialGround): Promise<Trial> {
  const answer = await ask(door, PROTECTED);
  const { status = 0 } = answer;
  const isRefusal = status === 401 || status === 403 || status === 429;
  const outcome = isRefusal ? 'held' : status >= 200 && status < 300 ? 'open' : 'unclear';
  return trial('http', outcome, `A request over HTTP without a secret ${answered(answer)}`);
}

/** The worse of two: what is open is open whatever the other says. */
function worst(...outcomes: readonly Outcome[]): Outcome {
  return (
    outcomes.find((each) => each === 'open') ?? outcomes.find((each) => each !== 'held') ?? 'held'
  );
}

/** A refusal that says nothing about what was tried. */
const ELSE: ReadonlySet<number> = new Set([0, 429, 500, 502, 503, 504]);

async function origin({ door, version }: TrialGround): Promise<Trial> {
  const met = await knockAt(door, { origin: FOREIGN_ORIGIN }, version);
  const posted = await ask(door, '/tools/invoke', { origin: FOREIGN_ORIGIN, body: '{}' });
  const bySocket: Outcome =
    met.kind === 'nothing'
      ? 'unclear'
      : met.kind === 'turned_away'
        ? judged(met.status, [403])
        : met.kind === 'refused' && met.code === 'CONTROL_UI_ORIGIN_NOT_ALLOWED'
          ? 'held'
          : 'open';
  const byRequest = judged(posted.status ?? 0, [403]);
  const what = `A page of ${FOREIGN_ORIGIN} ${told(met)}, and its request ${answered(posted)}`;
  return trial('origin', worst(bySocket, byRequest), what);
}

function judged(status: number, refusals: readonly number[]): Outcome {
  if (refusals.includes(status)) return 'held';
  return ELSE.has(status) ? 'unclear' : 'open';
}

async function host({ door, version }: TrialGround): Promise<Trial> {
  const refusals = [400, 403, 404, 421];
  const met = await knockAt(door, { host: FOREIGN_HOST }, version);
  const got = await ask(door, '/health', { host: FOREIGN_HOST });
  const bySocket: Outcome =
    met.kind === 'nothing'
      ? 'unclear'
      : met.kind === 'turned_away'
        ? judged(met.status, refusals)
        : 'open';
  const byRequest = judged(got.status ?? 0, refusals);
  const what = `Who asked for ${FOREIGN_HOST} ${told(met)}, and over HTTP ${answered(got)}`;
  return trial('host', worst(bySocket, byRequest), what);
}

/** The members of a JSON object; undefined for anything else. */
function membersOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
  } catch {
    return undefined;
  }
}

async function healthAt(
  { door, privateTexts }: TrialGround,
  path: string,
): Promise<readonly [Outcome, string]> {
  const answer = await ask(door, path);
  if (answer.status === undefined) return ['unclear', `${path} ${answered(answer)}`];
  const { text } = answer;
  if (privateTexts.some((each) => text.includes(each))) {
    return ['open', `${path} tells strangers a secret, or where the state is`];
  }
  const more = membersOf(text)?.filter((name) => !HEALTH_TELLS.has(name));
  // Whoever is not ready says so with an error.
  const isMeant =
    answer.status === 200 || (answer.status === 503 && text.includes('"ready":false'));
  if (!isMeant) return ['unclear', `${path} ${answered(answer)}`];
  if (more === undefined) return ['open', `${path} is no JSON object`];
  if (more.length === 0) return ['held', `${path} says no more than that it lives`];
  const named = more.slice(0, 5).map((name) => name.replaceAll(/[^\w.-]/gu, '').slice(0, 40));
  return ['open', `${path} tells strangers ${named.join(', ')}`];
}

async function health(ground: TrialGround): Promise<Trial> {
  const all = await Promise.all(HEALTH.map((path) => healthAt(ground, path)));
  const outcome = worst(...all.map(([each]) => each));
  const [, what = ''] = all.find(([each]) => each === outcome) ?? [];
  return trial('health', outcome, what);
}

function guess(): string {
  return randomBytes(24).toString('base64url');
}

async function wrongSecret({ door, version, isHere }: TrialGround): Promise<readonly [Trial, Met]> {
  const from = isHere ? { origin: NOBODY } : {};
  const met = await knockAt(door, { ...from, token: guess() }, version);
  return [trial('wrong_secret', byCredential(met), `A wrong secret ${told(met)}`), met];
}

/** Guesses until it is locked out, and then shows the right secret, which must not help. */
async function guesses({ door, right, maxAttempts }: TrialGround): Promise<Trial> {
  for (let count = 1; count <= maxAttempts + 1; count += 1) {
    const answer = await ask(door, PROTECTED, { origin: NOBODY, token: guess() });
    if (answer.status === 429) return await underLock({ door, right }, count);
    if (answer.status !== 401) {
      return trial('guesses', 'unclear', `Guess ${String(count)} ${answered(answer)}`);
    }
  }
  const what = `${String(maxAttempts + 1)} wrong secrets in a row were each compared`;
  return trial('guesses', 'open', what);
}

async function underLock(
  { door, right }: Pick<TrialGround, 'door' | 'right'>,
  count: number,
): Promise<Trial> {
  const what = `Guess ${String(count)} was locked out`;
  if (right === undefined) return trial('guesses', 'held', what);
  const answer = await ask(door, PROTECTED, { origin: NOBODY, token: right });
  return answer.status === 429
    ? trial('guesses', 'held', what)
    : trial('guesses', 'open', `${what}, and then the right secret ${answered(answer)}`);
}

async function limit(ground: TrialGround, met: Met): Promise<readonly Trial[]> {
  const { isHere, maxAttempts, door, owner, version } = ground;
  // Where no secret is asked for there is none to be guessed.
  if (met.kind !== 'refused' || !GUESSED.test(met.code)) return [];
  if (!isHere) {
    const what = 'How often a secret may be guessed was not tried: it would lock this address out';
    return [trial('guesses', 'not_tried', what)];
  }
  if (maxAttempts > MOST_GUESSES) {
    const what = `How often a secret may be guessed was not tried: the config allows ${String(maxAttempts)} guesses`;
    return [trial('guesses', 'not_tried', what)];
  }
  const guessed = await guesses(ground);
  const after = await knockAt(door, owner, version);
  const isLocked = after.kind === 'refused' && after.code === 'AUTH_RATE_LIMITED';
  const outcome = after.kind === 'in' ? 'held' : isLocked ? 'open' : 'unclear';
  const what = `After guesses of a page, a command of this machine ${told(after)}`;
  return [guessed, trial('owner_after_guesses', outcome, what)];
}

/** What the operator met, and what everybody else did. */
export interface TrialReport {
  readonly owner: Met;
  readonly trials: readonly Trial[];
}

/** Tries it all. Where nothing answers at all, nothing else is tried. Never rejects. */
export async function tryGateway(ground: TrialGround): Promise<TrialReport> {
  const { door, version, isHere } = ground;
  const owner = await knockAt(door, ground.owner, version);
  if (owner.kind === 'nothing') return { owner, trials: [] };
  const strangers = await Promise.all(
    [noSecret, http, origin, host, health].map((each) => each(ground)),
  );
  // Elsewhere a wrong secret would count against this address, whose commands have to get in.
  if (!isHere && owner.kind !== 'in') return { owner, trials: strangers };
  const [wrong, met] = await wrongSecret(ground);
  const trials = [...strangers, wrong, ...(await limit(ground, met))];
  // A success takes back what the wrong secret counted.
  if (!isHere) await knockAt(door, ground.owner, version);
  return { owner, trials };
}
