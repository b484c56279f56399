// Laws of commands and approvals: every case of small worlds, and random text.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  analyze,
  type ApprovalRequest,
  type ApprovalState,
  type ApprovalStep,
  approvalTransition,
  decideExec,
  requestDigest,
  tokenize,
} from '../../src/exec/index.ts';
import { decide } from '../../src/ops.ts';

const SECURITY = ['deny', 'allowlist', 'full'] as const;
const ASK = ['off', 'on-miss', 'always'] as const;
const which = { rg: { path: '/usr/bin/rg' }, cat: { path: '/usr/bin/cat' } };
const allowlist = [{ pattern: 'rg' }];

test('a deny anywhere is a deny, and hosts and calls only tighten', () => {
  let cases = 0;
  for (const security of SECURITY)
    for (const ask of ASK)
      for (const session of [undefined, ...SECURITY])
        for (const setByOwner of [true, false])
          for (const host of [undefined, ...SECURITY])
            for (const callAsk of [undefined, ...ASK])
              for (const command of ['rg x', 'cat x', 'rg $x'])
                for (const approver of [undefined, 'none'] as const) {
                  cases += 1;
                  const config = {
                    tools: {
                      exec: { security, ask, askFallback: 'full' },
                      elevated: { enabled: true, allowFrom: { telegram: ['1'] } },
                    },
                  };
                  const base = {
                    command,
                    cwd: '/ws',
                    which,
                    channel: 'telegram',
                    sender: { id: '1' },
                    elevated: 'full' as const,
                    ...(session && { session: { security: session, setByOwner } }),
                    ...(approver && { approver }),
                  };
                  const open = decideExec(config, {
                    ...base,
                    hostApprovals: { agents: { main: { allowlist } } },
                  });
                  const tight = decideExec(config, {
                    ...base,
                    hostApprovals: {
                      defaults: host ? { security: host } : {},
                      agents: { main: { allowlist } },
                    },
                    ...(callAsk && { ask: callAsk }),
                  });
                  // Asking more may turn a refusal into a question, never into a run.
                  if (tight.effect === 'allow') expect(open.effect).toBe('allow');
                  if ([security, session, host].includes('deny')) {
                    expect(tight.code).toBe('exec.security.deny');
                  }
                }
  expect(cases).toBe(6912);
});

test('asking always never passes by a list', () => {
  const config = { tools: { exec: { security: 'allowlist', ask: 'always' } } };
  const hostApprovals = { agents: { main: { allowlist: [{ pattern: '*' }] } } };
  expect(decideExec(config, { command: 'rg x', which, hostApprovals }).code).toBe(
    'exec.ask.always',
  );
});

const shellText = fc
  .array(
    fc.constantFrom(
      'rg',
      'x',
      ' ',
      '  ',
      '|',
      '&&',
      '||',
      ';',
      '\n',
      "'",
      '"',
      '\\',
      '$',
      '`',
      '>',
      '<',
      '(',
      ')',
      '{',
      '}',
      ',',
      '#',
      '&',
      '!',
      'sh -c ',
      'nice ',
      'sudo ',
      'A=1 ',
      'cd ',
      '*',
      '~',
      '=',
      '-c',
      '-',
      'if',
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));

test('every word of an analysed command stands in its text', () => {
  fc.assert(
    fc.property(shellText, (text) => {
      for (const { words } of tokenize(text) ?? []) {
        expect(words.length).toBeGreaterThan(0);
        for (const word of words) {
          expect(word.bare.length).toBe(word.text.length);
          // Unquoted characters that would make a shell act never survive as plain ones.
          expect(word.bare).not.toMatch(/[$`<>()|;&\s]/);
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('quoting is seen through: a quoted word is one literal word', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      (words) => {
        fc.pre(
          // oxlint-disable-next-line no-control-regex -- control characters are outside the subset
          words.every((word) => word.isWellFormed() && !/[\u0000-\u0008\u000b-\u001f]/.test(word)),
        );
        const text = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(tokenize(text)?.map((command) => command.words.map((word) => word.text))).toEqual([
          words,
        ]);
      },
    ),
  );
});

test('a command passes a list only when each of its programs does alone', () => {
  const config = { tools: { exec: { security: 'allowlist', ask: 'off' } } };
  const hostApprovals = { agents: { main: { allowlist } } };
  const run = (command: string) =>
    decideExec(config, { command, cwd: '/ws', which, hostApprovals });
  fc.assert(
    fc.property(shellText, (text) => {
      if (run(text).effect !== 'allow') return;
      for (const { argv } of analyze(text, { which })?.segments ?? []) {
        const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(run(quoted).code).toBe('exec.allowlist.match');
      }
    }),
    { numRuns: 3000 },
  );
});

test('any JSON is answered, and none of it runs', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (config, input) => {
      for (const op of [
        'exec.decide',
        'approval.run',
        'fs.decide',
        'fs.patch',
        'net.decide',
      ] as const) {
        expect(decide(op, config, input).effect).toBe('deny');
      }
    }),
    { numRuns: 2000 },
  );
});

const requests: readonly ApprovalRequest[] = ['a', 'b'].map((file) => ({
  host: 'gateway',
  nodeId: null,
  argv: [['cat', file]],
  rawCommand: `cat ${file}`,
  cwd: '/ws',
  env: {},
  exec: [{ realPath: '/usr/bin/cat', sha256: 'aa' }],
  script: null,
  agentId: 'main',
  sessionKey: 's',
}));

/** What an observer who saw every step knows about a record. */
interface Ghost {
  readonly request: number;
  readonly createdAt: number;
  readonly allowedAt: number | undefined;
  readonly used: number;
  readonly voided: boolean;
}

// The whole space: two records, two digests, three actors, five moments, six steps deep, states merged.
test('an approval is used at most once, by the run that was shown, after an approver allowed it, in time', () => {
  const MINUTE = 60_000;
  const clock = [0, 5 * MINUTE, 5 * MINUTE + 1, 30 * MINUTE, 30 * MINUTE + 1];
  const actors = [
    { kind: 'operator', scopes: ['operator.approvals'] },
    { kind: 'operator', scopes: ['operator.write'] },
    { kind: 'agent' },
  ] as const;
  const ids = ['r', 's'];
  interface World {
    readonly state: ApprovalState;
    readonly ghosts: Readonly<Record<string, Ghost>>;
    readonly tick: number;
  }
  const steps = (now: number): readonly ApprovalStep[] =>
    ids.flatMap((id, index): readonly ApprovalStep[] => [
      ...requests
        .slice(index, index + 1)
        .map((request) => ({ do: 'request', now, id, request }) as const),
      ...actors.flatMap((actor) =>
        (['allow-once', 'deny'] as const).map(
          (decision) => ({ do: 'resolve', now, id, actor, decision }) as const,
        ),
      ),
      ...requests.map(
        (request) => ({ do: 'consume', now, id, digest: requestDigest(request) }) as const,
      ),
    ]);
  const seen = new Set<string>();
  let frontier: readonly World[] = [{ state: { records: {}, durable: [] }, ghosts: {}, tick: 0 }];
  for (let depth = 0; depth < 6; depth += 1) {
    const next: World[] = [];
    for (const world of frontier) {
      const now = clock[world.tick] ?? 0;
      if (world.tick + 1 < clock.length) next.push({ ...world, tick: world.tick + 1 });
      for (const step of steps(now)) {
        const { state, decision } = approvalTransition(world.state, step, {});
        const before = world.ghosts[step.id];
        let ghost = before;
        if (step.do === 'request' && decision.effect === 'ask') {
          ghost = {
            request: ids.indexOf(step.id),
            createdAt: now,
            allowedAt: undefined,
            used: 0,
            voided: false,
          };
        }
        if (step.do === 'resolve' && decision.effect === 'allow' && before !== undefined) {
          expect(step.actor).toBe(actors[0]);
          expect(now - before.createdAt).toBeLessThanOrEqual(30 * MINUTE);
          if (step.decision === 'allow-once') ghost = { ...before, allowedAt: now };
        }
        if (step.do === 'consume' && before !== undefined) {
          const shown = requests[before.request];
          if (decision.effect === 'allow') {
            expect(before).toMatchObject({ used: 0, voided: false });
            expect(step.digest).toBe(shown && requestDigest(shown));
            expect(now - (before.allowedAt ?? Number.NaN)).toBeLessThanOrEqual(5 * MINUTE);
            ghost = { ...before, used: 1 };
          } else if (decision.code === 'exec.approval.mismatch') {
            ghost = { ...before, voided: true };
          }
        }
        const ghosts = ghost === undefined ? world.ghosts : { ...world.ghosts, [step.id]: ghost };
        next.push({ state, ghosts, tick: world.tick });
      }
    }
    frontier = next.filter((world) => {
      const key = JSON.stringify(world);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }
  expect(seen.size).toBeGreaterThan(300);
});
