// Information flow: what may leave a session, by what it has seen and who asks.
import { describe, expect, test } from 'vitest';
import {
  decideApproved,
  actionDigest,
  decideFlow,
  declassify,
  type FlowAction,
  type FlowGrants,
  type FlowInput,
  type FlowLabel,
  flowTransition,
  isPersistentPath,
  release,
  sessionLabel,
  topLabel,
} from '../src/flow/index.ts';

const label = (u: 0 | 1 | 2 | 3, ...P: FlowLabel['P']): FlowLabel => ({ u, P });
const input = (changes: Partial<FlowInput>): FlowInput => ({
  label: label(0),
  requester: 'owner',
  sink: { kind: 'exec', command: 'ls' },
  owners: ['telegram:1'],
  conversations: { room: ['telegram:1', 'telegram:2'] },
  ...changes,
});
const ask = (changes: Partial<FlowInput>, config: unknown = {}) =>
  decideFlow(config, input(changes)).code;

const reply = (to: readonly string[], conversation?: string) =>
  ({ kind: 'reply', to, ...(conversation === undefined ? {} : { conversation }) }) as const;

describe('audiences', () => {
  test.each([
    [label(0, 'conv:room'), reply(['telegram:2']), 'flow.ok'],
    [label(0, 'conv:room'), reply(['telegram:3']), 'flow.reply.private'],
    [label(0, 'conv:unknown'), reply(['telegram:2']), 'flow.reply.private'],
    [label(0, 'conv:constructor'), reply(['telegram:2']), 'flow.reply.private'],
    [label(0, 'conv:unknown'), reply(['telegram:1']), 'flow.ok'],
    [label(0, 'memory', 'secret'), reply(['telegram:1']), 'flow.ok'],
    [label(0, 'conv:room'), reply([]), 'flow.reply.private'],
    [label(0, 'conv:room'), reply([], 'room'), 'flow.ok'],
    [label(0, 'conv:room', 'memory'), reply([], 'room'), 'flow.reply.private'],
    [label(2), reply([]), 'flow.ok'],
  ])('%j to %j', (seen, sink, code) => {
    expect(ask({ label: seen, sink })).toBe(code);
  });

  test('the workspace may be shared, memory and secrets not', () => {
    const config = { flow: { audience: { workspace: ['telegram:2'] } } };
    const sink = { kind: 'reply', to: ['telegram:2'] } as const;
    expect(ask({ label: label(0, 'workspace'), sink }, config)).toBe('flow.ok');
    expect(ask({ label: label(0, 'memory'), sink }, config)).toBe('flow.reply.private');
    expect(
      ask({ label: label(0, 'workspace'), sink }, { flow: { audience: { workspace: 'all' } } }),
    ).toBe('config.invalid');
  });
});

const wrote = (kind: 'trusted' | 'member', text: string) => [{ class: kind, text }] as const;

describe('links in a reply', () => {
  const sink = {
    kind: 'reply',
    to: ['telegram:1'],
    text: 'see (https://x.test/?q=1) and www.y.test',
  } as const;
  test('are made inert where private data and untrusted text meet', () => {
    const decision = decideFlow({}, input({ label: label(2, 'memory'), sink }));
    expect(decision.code).toBe('flow.reply.urls_defanged');
    expect(decision.constraints).toEqual({ urls: 'defanged' });
  });

  test.each([
    [label(1, 'memory'), [], 'flow.ok'],
    [label(3), [], 'flow.ok'],
    [label(3, 'memory'), wrote('trusted', 'https://x.test/?q=1 www.y.test'), 'flow.ok'],
    [
      label(3, 'memory'),
      wrote('member', 'https://x.test/?q=1 www.y.test'),
      'flow.reply.urls_defanged',
    ],
    [
      label(3, 'memory'),
      wrote('trusted', 'https://x.test/?q=12 www.y.test'),
      'flow.reply.urls_defanged',
    ],
  ])('%j with %j', (seen, requesterMessages, code) => {
    expect(ask({ label: seen, sink, requesterMessages })).toBe(code);
  });
});

const said = (text: string, kind: 'owner' | 'trusted' = 'owner') => [{ class: kind, text }];

describe('named by the owner', () => {
  const message = { kind: 'message', to: ['signal:+1555', 'telegram:2'] } as const;
  test.each([
    [
      { label: topLabel, requesterMessages: said('signal:+1555 telegram:2') },
      'flow.message.private',
    ],
    [
      { label: label(3, 'memory'), requesterMessages: said('to "telegram:2" <signal:+1555>') },
      'flow.message.named',
    ],
    [
      { label: label(3, 'memory'), requesterMessages: said('to telegram:2') },
      'flow.message.private',
    ],
    [
      { label: label(3, 'memory'), requesterMessages: said('signal:+1555 telegram:2', 'trusted') },
      'flow.message.private',
    ],
    [
      { label: label(3, 'memory'), requesterMessages: said('signal:+15550 telegram:2') },
      'flow.message.private',
    ],
    [
      {
        requester: 'trusted' as const,
        label: label(3, 'memory'),
        requesterMessages: said('signal:+1555 telegram:2'),
      },
      'flow.message.exfil_denied',
    ],
    [{ label: label(2), sink: { kind: 'message', to: [] } as const }, 'flow.message.untrusted'],
  ])('%j', (changes, code) => {
    expect(ask({ sink: message, ...changes })).toBe(code);
  });

  test.each([
    [{ kind: 'web.write', url: 'https://x.test/' }, 'flow.write.named'],
    [{ kind: 'web.write', url: 'https://x.test/a' }, 'flow.web.write'],
    [{ kind: 'tool', identities: ['https://x.test/'] }, 'flow.write.named'],
    [{ kind: 'tool' }, 'flow.web.write'],
  ] as const)('%j', (sink, code) => {
    expect(
      ask({ label: label(3, 'memory'), sink, requesterMessages: said('post to https://x.test/') }),
    ).toBe(code);
  });
});

const write = (identity: string, text: string): string =>
  ask({
    label: label(3, 'memory'),
    sink: { kind: 'tool', identities: [identity] },
    requesterMessages: said(text),
  });

const send = (text: string, seen = label(3, 'memory')): string =>
  ask({
    label: seen,
    sink: { kind: 'message', to: ['telegram:2'], text },
    requesterMessages: said('write to telegram:2 about https://y.test/'),
  });

describe('a value stands in a message by itself', () => {
  test.each([
    ['CH-12', 'My new account is CH-12.'],
    ['CH-12', 'is it CH-12?! then pay'],
    ['Le Marais', "Book 'Le Marais' for me"],
    ['New York, NY 10001', 'I live in New York, NY 10001: tell them'],
    ['a.b', 'x.a.b a.b'],
  ])('%s in %s', (identity, text) => {
    expect(write(identity, text)).toBe('flow.write.named');
  });

  test.each([
    ['CH-12', 'My new account is CH-123.'],
    ['CH-12', 'pay ACH-12'],
    ['CH-12', 'pay CH-12.evil'],
    ['CH-12', 'pay CH-12/a'],
    ['Le  Marais', 'Book Le Marais'],
    ['Marais Le', 'Book Le Marais'],
    ['Marai', 'Book Le Marais'],
    ['le marais', 'Book Le Marais'],
    [' ', 'a b'],
    ['.', 'a . b'],
    ['a ', 'a b'],
    ['', 'a b'],
  ])('not %j in %s', (identity, text) => {
    expect(write(identity, text)).toBe('flow.web.write');
  });
});

describe('a message to somebody the owner named', () => {
  test.each(['hello, e.g. you', 'see https://y.test/', 'ask bob@y.test'])('goes: %s', (text) => {
    expect(send(text)).toBe('flow.message.named');
  });

  test.each([
    'see https://x.test/',
    'see www.x.test.',
    'see x.test',
    'see x.test/a?b',
    'see (x.test), now',
    'see https://y.test/?q=1',
  ])('is asked for, since nobody trusted wrote its link: %s', (text) => {
    expect(send(text)).toBe('flow.message.private');
    expect(send(text, label(2))).toBe('flow.message.untrusted');
  });

  test('may hold any link while nobody untrusted was heard', () => {
    expect(send('see https://x.test/', label(1, 'memory'))).toBe('flow.message.named');
  });
});

describe('the web', () => {
  test.each([
    [{ kind: 'web.search', query: 'weather' }, 'owner', label(2, 'memory'), 'flow.web.exfil'],
    [{ kind: 'web.search', query: 'weather' }, 'owner', label(1, 'secret'), 'flow.web.secret'],
    [
      { kind: 'web.read', url: 'https://x.test/' },
      'trusted',
      label(1, 'memory'),
      'flow.web.requester',
    ],
    [{ kind: 'web.read', url: 'https://x.test/' }, 'owner', label(1, 'memory'), 'flow.ok'],
    [{ kind: 'web.read', url: 'https://x.test/' }, 'external', label(3), 'flow.ok'],
    [{ kind: 'tool' }, 'member', label(2, 'memory'), 'flow.web.write_denied'],
    [{ kind: 'tool' }, 'member', label(2), 'flow.web.write'],
  ] as const)('%j by %s with %j', (sink, requester, seen, code) => {
    expect(ask({ sink, requester, label: seen })).toBe(code);
  });

  test('a participant may look up what his own conversation knows', () => {
    const sink = { kind: 'web.read', url: 'https://x.test/' } as const;
    const base = { sink, requester: 'trusted', label: label(1, 'conv:room') } as const;
    expect(ask({ ...base, requesterPeer: 'telegram:2' })).toBe('flow.ok');
    expect(ask({ ...base, requesterPeer: 'telegram:3' })).toBe('flow.web.requester');
  });
});

describe('files that steer', () => {
  test.each([
    'agents.md',
    'sub/AGENTS.md',
    'memory/2026/a.md',
    './skills/x/y',
    '.git/config',
    'x/.git/hooks/pre-commit',
    'package.json',
    '.bashrc',
    '.zshenv',
    '.bash_profile',
    '/etc/x',
    '~/x',
    '../x',
    'a/../../x',
    '',
    '.',
    'MEMORY.MD',
    'a\\.git\\config',
  ])('%j', (path) => {
    expect(isPersistentPath(path)).toBe(true);
    expect(ask({ sink: { kind: 'fs.write', path }, label: label(1) })).toBe('flow.fs.persistent');
    expect(ask({ sink: { kind: 'fs.write', path }, requester: 'trusted' })).toBe(
      'flow.fs.persistent',
    );
    expect(ask({ sink: { kind: 'fs.write', path } })).toBe('flow.fs.labelled');
  });

  test.each(['notes/a.md', 'src/memory.ts', 'docs/skills.md', 'a/../b.md', 'gitlog.md'])(
    'not %j',
    (path) => {
      expect(ask({ sink: { kind: 'fs.write', path }, label: topLabel })).toBe('flow.fs.labelled');
    },
  );
});

describe('what cannot be read', () => {
  const exec = { requester: 'trusted' } as const;
  test.each([
    null,
    {},
    { u: 4, P: [] },
    { u: '0', P: [] },
    { u: 0, P: ['other'] },
    { u: 0, P: ['conv:'] },
    { u: 0 },
  ])('the label %j is the top', (seen) => {
    expect(ask({ ...exec, label: seen as FlowLabel })).toBe('flow.exec.untrusted_denied');
  });

  test('a requester of no class is external, a sink of no kind is refused', () => {
    const sink = { kind: 'control', tool: 'cron' } as const;
    expect(ask({ requester: 'Owner' as 'owner', sink })).toBe('flow.self.not_owner');
    expect(ask({ sink: { kind: 'fax' } as never })).toBe('config.invalid');
  });
});

describe('modes', () => {
  const changes = { label: topLabel, requester: 'external' } as const;
  test('warn notes what it would have stopped', () => {
    const decision = decideFlow({ flow: { mode: 'warn' } }, input(changes));
    expect(decision).toMatchObject({
      effect: 'allow',
      code: 'flow.warned',
      obligations: ['audit'],
      warnings: ['flow.exec.untrusted_denied'],
    });
    expect(ask({}, { flow: { mode: 'warn' } })).toBe('flow.ok');
  });

  test('off looks at nothing, and a misspelled mode is not off', () => {
    expect(ask(changes, { flow: { mode: 'off' } })).toBe('flow.off');
    expect(ask({}, { flow: { mode: 'Off' } })).toBe('config.invalid');
  });
});

describe('exceptions', () => {
  const NONE: FlowGrants = { once: [], always: [] };
  const action = (changes: Partial<FlowAction> = {}): FlowAction => ({
    ...input({ label: label(2) }),
    session: 's',
    ...changes,
  });
  const allowed = (on: FlowAction, decision: 'allow-once' | 'allow-always' = 'allow-once') =>
    declassify(NONE, on, { actor: 'approver', decision }, {});

  test.each([
    ['another payload', { payload: 'x' }],
    ['another session', { session: 't' }],
    ['another command', { sink: { kind: 'exec', command: 'rm' } as const }],
    ['more seen since', { label: label(2, 'memory') }],
  ])('cover one action only: %s', (_name, changes) => {
    const { grants } = allowed(action());
    expect(release(grants, action(changes), {}).decision.code).toBe('flow.exec.untrusted');
    expect(release(grants, action(), {}).decision.code).toBe('flow.declassified');
    expect(decideApproved(action(changes), actionDigest(action())).code).toBe(
      'flow.declassify.mismatch',
    );
  });

  test('are spent by use', () => {
    const used = release(allowed(action()).grants, action(), {});
    expect(used.grants).toEqual(NONE);
    expect(release(used.grants, action(), {}).decision.code).toBe('flow.exec.untrusted');
  });

  test('lift no refusal and answer no question that was not asked', () => {
    const denied = action({ label: label(3), requester: 'trusted' });
    expect(allowed(denied).decision.code).toBe('flow.declassify.refused');
    expect(release({ once: [actionDigest(denied)], always: [] }, denied, {}).decision.effect).toBe(
      'deny',
    );
    expect(allowed(action({ label: label(0) })).decision.code).toBe('flow.declassify.refused');
  });

  test('are made by approvers', () => {
    const byAgent = declassify(NONE, action(), { actor: 'agent', decision: 'allow-once' }, {});
    expect(byAgent.decision.effect).toBe('deny');
    expect(byAgent.grants).toBe(NONE);
  });

  test('last only while nothing leaks and nothing came from outside', () => {
    const to = { kind: 'message', to: ['telegram:2'] } as const;
    const { grants } = allowed(action({ sink: to }), 'allow-always');
    expect(grants.always.length).toBe(1);
    const later = (seen: FlowLabel) =>
      release(grants, action({ sink: to, label: seen }), {}).decision.code;
    expect(later(label(2))).toBe('flow.declassified');
    expect(later(label(2, 'conv:room'))).toBe('flow.declassified');
    expect(later(label(2, 'memory'))).toBe('flow.message.private');
    expect(later(label(3))).toBe('flow.message.untrusted');
    for (const seen of [label(3), label(2, 'memory')]) {
      expect(allowed(action({ sink: to, label: seen }), 'allow-always').decision.effect).toBe(
        'deny',
      );
    }
    const job = action({ label: label(1), sink: { kind: 'control', tool: 'cron' } });
    expect(allowed(job, 'allow-always').decision.effect).toBe('deny');
  });
});

describe('labels spread', () => {
  const EMPTY = { sessions: {}, artefacts: {} };
  const after = (...steps: readonly object[]) => {
    let state: Parameters<typeof flowTransition>[0] = EMPTY;
    for (const step of steps)
      state = flowTransition(state, step as Parameters<typeof flowTransition>[1]);
    return state;
  };
  const tainted = { do: 'tool', session: 'a', class: 'external', P: ['secret'] };
  test.each([
    [
      'by files',
      [
        tainted,
        { do: 'write', session: 'a', artefact: 'f' },
        { do: 'read', session: 'b', class: 'workspace', artefact: 'f' },
      ],
      label(3, 'secret', 'workspace'),
    ],
    [
      'by history',
      [tainted, { do: 'history', session: 'b', of: 'a' }],
      label(3, 'conv:a', 'secret'),
    ],
    ['by messages', [tainted, { do: 'send', session: 'a', to: 'b' }], label(3, 'secret')],
    ['to children', [tainted, { do: 'spawn', session: 'a', child: 'b' }], label(3, 'secret')],
    [
      'from children',
      [tainted, { do: 'childResult', session: 'b', child: 'a' }],
      label(3, 'secret'),
    ],
    [
      'to a new session by a stranger',
      [tainted, { do: 'new', session: 'a', by: 'trusted', newSession: 'b' }],
      label(3, 'secret'),
    ],
    [
      'not to one by the owner',
      [tainted, { do: 'new', session: 'a', by: 'owner', newSession: 'b' }],
      label(0),
    ],
    [
      'by a file without a label',
      [{ do: 'read', session: 'b', class: 'workspace', stored: null }],
      topLabel,
    ],
    ['by a lost label', [{ do: 'load', session: 'b' }], topLabel],
    ['by a stored label', [{ do: 'load', session: 'b', label: { u: 1, P: [] } }], label(1)],
    [
      'by a shared session',
      [{ do: 'message', session: 'b', class: 'trusted', conversation: 'k' }],
      label(1, 'conv:k'),
    ],
    ['by a step that cannot be read', [{ do: 'melt', session: 'b' }], topLabel],
    [
      'by a class nobody knows',
      [{ do: 'read', session: 'b', class: 'diary' }],
      label(0, 'memory', 'secret', 'workspace'),
    ],
  ])('%s', (_name, steps, expected) => {
    expect(sessionLabel(after(...steps), 'b')).toEqual(expected);
  });

  test('a session called __proto__ is only a session', () => {
    const state = after({ ...tainted, session: '__proto__' });
    expect(sessionLabel(state, '__proto__')).toEqual(label(3, 'secret'));
    expect(sessionLabel(state, 'constructor')).toEqual(label(0));
  });
});
