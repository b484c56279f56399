/**
 * Claims about commands: what an approval is good for, and that no setting lifts a refusal.
 *
 * @module
 */
import {
  type ApprovalActor,
  type ApprovalState,
  type ApprovalStep,
  approvalTransition,
} from '../../../src/exec/approval.ts';
import { requestDigest } from '../../../src/exec/approval-record.ts';
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, explore, present, product } from '../explorer.ts';
import {
  ALLOWLIST,
  APPROVERS,
  COMMANDS,
  type Command,
  MACHINE,
  requestFor,
} from '../exec-domain.ts';

const MINUTE = 60_000;
const CLOCK = [0, 5 * MINUTE, 5 * MINUTE + 1, 30 * MINUTE, 30 * MINUTE + 1];
const IDS = ['r1', 'r2'] as const;
const REQUESTS = { r1: requestFor(['ls', '-l']), r2: requestFor(['ls', '-a']) };
const DIGESTS = [requestDigest(REQUESTS.r1), requestDigest(REQUESTS.r2), 'ff'.repeat(32)];
const EXACT = { r1: DIGESTS[0], r2: DIGESTS[1] };

const PEOPLE: readonly { readonly actor: ApprovalActor; readonly approver: boolean }[] = [
  { actor: { kind: 'agent', id: 'telegram:11' }, approver: false },
  { actor: { kind: 'peer', channel: 'telegram', id: '22' }, approver: false },
  { actor: { kind: 'peer', channel: 'telegram', id: '11' }, approver: true },
];

type Life = {
  readonly createdAt: number;
  readonly allowedAt: number | null;
  readonly over: boolean;
};

interface Approving {
  readonly state: ApprovalState;
  readonly tick: number;
  readonly lives: Readonly<Record<string, Life>>;
}

type Answer = ApprovalStep | 'tick';

function answersAt(now: number): readonly Answer[] {
  return IDS.flatMap((id): readonly Answer[] => [
    { do: 'request', now, id, request: REQUESTS[id] },
    ...PEOPLE.flatMap(({ actor }) =>
      (['allow-once', 'deny'] as const).map((decision): Answer => ({
        do: 'resolve',
        now,
        id,
        actor,
        decision,
      })),
    ),
    ...DIGESTS.map((digest): Answer => ({ do: 'consume', now, id, digest })),
  ]);
}

/** What the answer means for the life of the record, by the rule. */
function judgeApproval(
  life: Life | undefined,
  step: ApprovalStep,
  allowed: boolean,
): { readonly life: Life | undefined; readonly broken?: string } {
  if (step.do === 'request') {
    return { life: life ?? { createdAt: step.now, allowedAt: null, over: false } };
  }
  if (step.do === 'resolve') {
    if (!allowed) return { life };
    const may = PEOPLE.some(({ actor, approver }) => approver && actor === step.actor);
    if (life === undefined || !may) return { life, broken: 'somebody else answered' };
    if (life.over || life.allowedAt !== null) return { life, broken: 'a second answer counted' };
    if (step.now - life.createdAt > 30 * MINUTE) return { life, broken: 'a late answer counted' };
    const yes = step.decision !== 'deny';
    return { life: { ...life, allowedAt: yes ? step.now : null, over: !yes } };
  }
  const exact = step.digest === EXACT[step.id === 'r1' ? 'r1' : 'r2'];
  if (!allowed) {
    const spent = life !== undefined && life.allowedAt !== null && !exact;
    return { life: spent ? { ...life, over: true } : life };
  }
  if (life === undefined || life.allowedAt === null) return { life, broken: 'used unasked' };
  if (life.over) return { life, broken: 'used twice, or after something else was tried' };
  if (!exact) return { life, broken: 'another command was run' };
  if (step.now - life.allowedAt > 5 * MINUTE) return { life, broken: 'used too late' };
  return { life: { ...life, over: true } };
}

function checkApprovals(run: Run): void {
  explore<Approving, Answer>(
    {
      initial: [{ state: { records: {}, durable: [] }, tick: 0, lives: {} }],
      depth: run.long ? 12 : 9,
      actions: ({ tick }) => [
        ...answersAt(CLOCK[tick] ?? 0),
        ...(tick + 1 < CLOCK.length ? ['tick' as const] : []),
      ],
      step(before, step) {
        if (step === 'tick') return { state: { ...before, tick: before.tick + 1 } };
        const { state: after, decision } = approvalTransition(before.state, step, APPROVERS);
        const known = before.lives[step.id];
        const { life, broken } = judgeApproval(known, step, decision.effect === 'allow');
        const lives = life === undefined ? before.lives : { ...before.lives, [step.id]: life };
        const state = { state: after, tick: before.tick, lives };
        return broken === undefined ? { state } : { state, broken };
      },
    },
    run,
  );
}

const SECURITY = ['deny', 'allowlist', 'full'] as const;
const ASK = ['off', 'on-miss', 'always'] as const;
type Security = (typeof SECURITY)[number];
type Ask = (typeof ASK)[number];

const least = (values: readonly (Security | undefined)[]): Security | undefined =>
  SECURITY.find((each) => values.includes(each));
const most = (values: readonly (Ask | undefined)[]): Ask | undefined =>
  ASK.toReversed().find((each) => values.includes(each));

/** The host's own document, which may only tighten. */
const host = (security: unknown) => ({
  defaults: present({ security, ask: 'off', askFallback: 'full' }),
  agents: { main: { allowlist: [{ pattern: 'rg' }] } },
});

function checkDenyAbsorbs(run: Run): void {
  const elevation = { enabled: true, allowFrom: { telegram: ['11'] } };
  const callAsks = [undefined, ...ASK];
  for (const [global, agent, ask, mode, fallback] of product(
    [undefined, ...SECURITY],
    [undefined, 'deny', 'full'] as const,
    [undefined, 'off', 'always'] as const,
    [undefined, 'deny', 'full'] as const,
    [undefined, 'full'] as const,
  )) {
    const exec = present({ security: global, ask, mode, askFallback: fallback });
    const ofAgent = { exec: present({ security: agent }), elevated: { enabled: true } };
    const config = {
      tools: { exec, elevated: elevation },
      agents: { entries: { main: { tools: ofAgent } } },
    };
    for (const [session, byOwner, document, elevated, approver, text] of product(
      [undefined, ...SECURITY],
      [false, true],
      [undefined, ...SECURITY],
      [undefined, 'full'],
      [undefined, 'none'],
      ['rg x', 'git status'],
    )) {
      const overridden = session !== undefined && {
        session: { security: session, ask: 'off', setByOwner: byOwner },
      };
      const input = present({
        ...MACHINE,
        ...overridden,
        command: text,
        channel: 'telegram',
        sender: { id: '11' },
        elevated,
        approver,
      });
      const answer = (security: unknown, callAsk: unknown) =>
        decide(
          'exec.decide',
          config,
          present({ ...input, hostApprovals: host(security), ask: callAsk }),
        );
      const levels = [agent ?? least([global, mode]), session, document];
      // A mode beside an agent's own value belongs to the wider level, which the agent replaces.
      const denied = levels.includes('deny') || levels[0] === undefined;
      const decision = answer(document, undefined);
      const trace = [config, input, document, decision.code] as const;
      run.expect(!denied || decision.effect === 'deny', 'a deny is lifted', ...trace);
      const open = answer(undefined, undefined).effect === 'allow';
      run.expect(decision.effect !== 'allow' || open, 'a host document loosens', ...trace);
      for (const callAsk of callAsks) {
        const asked = answer(document, callAsk).effect;
        const fine = asked !== 'allow' || decision.effect === 'allow';
        run.expect(fine && (!denied || asked === 'deny'), 'a call loosens', ...trace, callAsk);
      }
    }
  }
}

/** The table of decisions, as it is written. */
function expected(security: Security, ask: Ask, command: Command): string {
  const { obscure = false, listed = false, inline = false } = command;
  if (security === 'deny') return 'exec.security.deny';
  if (ask === 'always') return 'exec.ask.always';
  if (security === 'full') return inline ? 'exec.ask.inline_eval' : 'exec.full';
  if (listed && !inline) return 'exec.allowlist.match';
  if (ask === 'off') {
    if (obscure) return 'exec.analysis.failed';
    return inline ? 'exec.inline_eval.denied' : 'exec.allowlist.miss';
  }
  if (obscure) return 'exec.ask.unanalyzable';
  return inline ? 'exec.ask.inline_eval' : 'exec.ask.on_miss';
}

/** What an unanswered question becomes. */
function unanswered(code: string, fallback: Security, command: Command): string {
  if (!code.startsWith('exec.ask.')) return code;
  const veiled = command.obscure === true || command.inline === true || command.carrier === true;
  if (fallback === 'full' && !veiled) return 'exec.ask_fallback.full';
  if (fallback === 'deny') return 'exec.ask_fallback.deny';
  const match = command.listed === true && command.inline !== true;
  return match ? 'exec.ask_fallback.allowlist' : 'exec.ask_fallback.miss';
}

function checkTable(run: Run): void {
  for (const [command, security, ask, fallback, ofHost, hostAsk, callAsk, approver] of product(
    COMMANDS,
    [undefined, ...SECURITY],
    [undefined, ...ASK],
    [undefined, ...SECURITY],
    [undefined, ...SECURITY],
    [undefined, ...ASK],
    run.long ? [undefined, ...ASK] : ([undefined, 'always'] as const),
    [undefined, 'timeout'],
  )) {
    const config = { tools: { exec: present({ security, ask, askFallback: fallback }) } };
    const document = {
      defaults: present({ security: ofHost, ask: hostAsk }),
      agents: { main: { allowlist: ALLOWLIST } },
    };
    const input = present({
      ...MACHINE,
      command: command.text,
      hostApprovals: document,
      ask: callAsk,
      approver,
    });
    const { code } = decide('exec.decide', config, input);
    const inForce = least([security ?? 'deny', ofHost]) ?? 'deny';
    const asked = most([ask ?? 'always', hostAsk, callAsk]) ?? 'always';
    const answer = expected(inForce, asked, command);
    const left = least([fallback ?? 'deny', inForce]) ?? 'deny';
    const wanted = approver === undefined ? answer : unanswered(answer, left, command);
    run.expect(code === wanted, 'the table says otherwise', config, input, wanted, code);
  }
}

/** What is proved about commands. */
export const claims: readonly Claim[] = [
  {
    id: 'E1',
    sentence: 'an approval is used once, for exactly what an approver allowed, in time',
    bounds:
      '2 records, 3 digests, approver, requester and agent, clock 0, 5 min, 5 min + 1 ms, 30 min, 30 min + 1 ms, depth 9. Long: depth 12',
    check: checkApprovals,
  },
  {
    id: 'E2',
    sentence: 'deny anywhere in the chain denies; a host document or a call never makes an allow',
    bounds:
      'security x agent x ask x mode x fallback x session override x host document x elevated x reachable approver x per-call ask, 2 commands',
    check: checkDenyAbsorbs,
  },
  {
    id: 'E3',
    sentence: 'durable trust counts under on-miss and off alone, and every row of the table holds',
    bounds:
      '9 commands, 4 securities, 4 asks, 4 fallbacks, host document 4 x 4, per-call ask unset and always, answered or not. Long: all per-call asks',
    check: checkTable,
  },
];
