// Information flow: what may leave a session, by what it has seen and who asks.
import { describe, expect, test } from 'vitest';
import { decideFlow, isPersistentPath, topLabel, type FlowLabel } from '../../src/flow/index.ts';
import { ask, input, label } from './asking.ts';

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
