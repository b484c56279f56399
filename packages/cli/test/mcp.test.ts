/**
 * `openclaw mcp`, answered by a fake operator.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import type { Doors } from '../src/index.ts';
import { call, FakeOperator } from './call.ts';

const DIGEST = 'd'.repeat(64);
const SERVER = {
  id: 'notes',
  principal: 'mcp:notes',
  kind: 'program',
  state: 'connected',
  offered: [] as string[],
  differs: true,
};
const FIND = {
  name: 'find\u001b[2J',
  standing: 'new',
  offeredAs: 'notes__find',
  effect: 'unmapped',
  now: {
    description: 'Finds.\n\u001b]8;;https://evil.example\u0007all\u202e of it',
    inputSchema: '{"type":"object","title":"\\u001b[31m"}',
  },
};
const EDIT = {
  name: 'edit',
  standing: 'changed',
  offeredAs: 'notes__edit',
  effect: 'write',
  now: { description: 'Edits and sends.', inputSchema: '{"type":"object"}' },
  accepted: { description: 'Edits.', inputSchema: '{"type":"object"}' },
};
const GONE = {
  name: 'x\u200b',
  standing: 'gone',
  withheld: 'Its name has characters that no tool may have.',
  effect: 'unmapped',
  accepted: { description: 'Old.', inputSchema: '{"type":"object"}' },
};

function operator(tools: readonly object[] = [FIND, EDIT, GONE]): FakeOperator {
  const shown = { server: SERVER, tools, digest: DIGEST };
  return new FakeOperator({
    'mcp.list': () => ({ servers: [SERVER] }),
    'mcp.inspect': () => shown,
    'mcp.accept': () => ({ ...shown, server: { ...SERVER, offered: ['notes__find'] } }),
  });
}

const methods = ({ asked }: FakeOperator): readonly string[] => asked.map(([method]) => method);

/** A person at the terminal who says this to every question. */
const saying = (fake: FakeOperator, answer: boolean): { readonly doors: Partial<Doors> } => ({
  doors: { ...fake.doors, confirm: async () => answer },
});

test('list says which servers there are and what waits for an answer', async () => {
  const failed = { ...SERVER, id: 'far', state: 'failed', problem: 'It is gone.', differs: false };
  const old = { ...SERVER, id: 'old', acceptedAt: 1_772_366_400_000, acceptedBy: 'cli' };
  const fake = new FakeOperator({ 'mcp.list': () => ({ servers: [SERVER, failed, old] }) });
  const { code, stdout, stderr } = await call(['mcp', 'list'], fake);
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      'SERVER  STATE      TOOLS  ACCEPTED              REMARK',
      'notes   connected  0      never                 Nothing of it was accepted yet.',
      'far     failed     0      never                 It is gone.',
      'old     connected  0      2026-03-01 12:00:00Z  It no longer lists what was accepted.',
      '',
    ].join('\n'),
  );
  expect(stderr).toContain('openclaw mcp accept');
  const none = new FakeOperator({ 'mcp.list': () => ({ servers: [] }) });
  expect((await call(['mcp', 'list'], none)).stdout).toBe(
    'No server is configured: see mcp.servers.\n',
  );
});

test('P34.02: show prints what a server says as data, under names of ours', async () => {
  const { code, stdout, stderr } = await call(['mcp', 'show', 'notes'], operator());
  expect(code).toBe(0);
  expect(stdout).toBe(`Server:    mcp:notes
Accepted:  never
Digest:    ${DIGEST}

notes__find (new, unmapped)
  The server calls it "find\\u001b[2J".
  What the server says of it:
    | Finds.
    | \\x1b]8;;https://evil.example\\x07all\\u202e of it
{
  "type": "object",
  "title": "\\u001b[31m"
}

notes__edit (changed, write)
  The server calls it "edit".
  Accepted:
    | Edits.
{
  "type": "object"
}
  What the server says of it:
    | Edits and sends.
{
  "type": "object"
}

a tool without a name of ours (gone, unmapped)
  The server calls it "x\\u200b".
  Never offered: Its name has characters that no tool may have.
  Accepted:
    | Old.
{
  "type": "object"
}

`);
  expect(stderr).toContain(`openclaw mcp accept notes --digest ${DIGEST}`);
});

describe('accept', () => {
  test('prints what it is about and asks', async () => {
    const fake = operator();
    const yes = await call(['mcp', 'accept', 'notes'], saying(fake, true));
    expect(yes.code).toBe(0);
    expect(yes.stdout).toContain('notes__find (new, unmapped)');
    expect(yes.stdout).toContain('Accepted. Offered to the agent: notes__find\n');
    expect(fake.asked.at(-1)).toEqual(['mcp.accept', { id: 'notes', digest: DIGEST }]);
  });

  test('takes nothing when the answer is no', async () => {
    const fake = operator();
    const no = await call(['mcp', 'accept', 'notes'], saying(fake, false));
    expect(no.code).toBe(1);
    expect(methods(fake)).toEqual(['mcp.inspect']);
  });

  test('takes exactly what a digest names, without a question', async () => {
    const fake = operator();
    const done = await call(['mcp', 'accept', 'notes', '--digest', DIGEST, '--json'], fake);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, digest: DIGEST });
    const other = operator();
    const refused = await call(['mcp', 'accept', 'notes', '--digest', 'e'.repeat(64)], other);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('[mcp.digest]');
    expect(methods(other)).toEqual(['mcp.inspect']);
  });

  test('has nothing to do where nothing is new', async () => {
    const fake = operator([{ ...FIND, standing: 'accepted' }]);
    const { code, stdout } = await call(['mcp', 'accept', 'notes'], fake);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Nothing is new: the server lists exactly what was accepted.\n',
    });
    expect(methods(fake)).toEqual(['mcp.inspect']);
  });
});

describe('test', () => {
  test('says that a server answers', async () => {
    const { code, stdout } = await call(['mcp', 'test', 'notes'], operator());
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'mcp:notes answers: 3 tools.\n  new: 1\n  changed: 1\n  gone: 1\n',
    });
  });

  test('says what its program said last when it does not', async () => {
    const fake = new FakeOperator({
      'mcp.inspect': () =>
        Promise.reject(new PortcullisError('mcp.ended', 'The server ended before it answered.')),
      'mcp.list': () => ({ servers: [{ ...SERVER, said: 'Error: \u001b[31mno such file' }] }),
    });
    const { code, stderr } = await call(['mcp', 'test', 'notes'], fake);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Its program said last: Error: \\x1b[31mno such file\nError: The server ended before it answered. [mcp.ended]\n',
    );
  });
});
