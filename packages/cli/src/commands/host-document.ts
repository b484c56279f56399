/**
 * `openclaw approvals get`, `set` and `allowlist`: the document on this machine that tightens commands
 * and holds the allow lists.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';

import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../command.ts';
import { quote } from '../parse/fault.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

type Document = MethodResult<'exec.approvals.get'>;
type Fields = Readonly<Record<string, unknown>>;

function print({ out }: Invocation, view: Document): void {
  const { path, exists, valid, file, resolvedDefaults } = view;
  out.line(`File:      ${path}${exists ? '' : ' (there is none)'}`);
  const { security, ask, askFallback } = resolvedDefaults;
  out.line(`In force:  security ${security}, ask ${ask}, askFallback ${askFallback}`);
  if (!valid) out.warn('The file cannot be trusted, so no command runs. Repair or replace it.');
  out.line();
  out.json(file);
}

/** `openclaw approvals get`. */
export const getDocument: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const view = await ask('exec.approvals.get', {});
    if (invocation.json) invocation.out.json({ ok: true, ...view });
    else print(invocation, view);
  });

async function readDocument({ input, doors }: Invocation): Promise<Fields> {
  const path = input.text('file');
  const text = path === undefined ? await doors.readInput() : await readText(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer as for JSON that is no object.
  }
  throw new PortcullisError('approvals.file_invalid', 'That is no JSON object.', {
    hint: '"openclaw approvals get --json" prints one to begin with.',
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PortcullisError('usage.file', `${quote(path)} cannot be read.`, {
      hint: 'Name a file with --file, or give the document on standard input.',
      cause,
    });
  }
}

async function write(
  { ask }: OperatorSession,
  { exists, hash }: Document,
  file: Fields,
): Promise<Document> {
  return await ask('exec.approvals.set', { file, ...(exists ? { baseHash: hash } : {}) });
}

/** `openclaw approvals set`. */
export const setDocument: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const file = await readDocument(invocation);
    const now = await session.ask('exec.approvals.get', {});
    const view = await write(session, now, file);
    if (invocation.json) invocation.out.json({ ok: true, ...view });
    else print(invocation, view);
  });

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The document with another allow list of one agent. */
function withList(
  { file }: Document,
  agent: string,
  change: (list: readonly Fields[]) => readonly Fields[],
): Fields {
  const agents = fields(file['agents']);
  const rules = fields(Object.hasOwn(agents, agent) ? agents[agent] : undefined);
  const list = Array.isArray(rules['allowlist']) ? rules['allowlist'].map(fields) : [];
  const next = { ...rules, allowlist: change(list) };
  return { ...file, agents: { ...agents, [agent]: next } };
}

function isEntry(entry: Fields, pattern: string, argPattern: string | undefined): boolean {
  return entry['pattern'] === pattern && entry['argPattern'] === argPattern;
}

/** `openclaw approvals allowlist add <pattern>`. */
export const addToAllowlist: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const pattern = input.argument('pattern');
    const argPattern = input.text('args');
    const agent = input.text('agent') ?? '*';
    const now = await session.ask('exec.approvals.get', {});
    const entry = { pattern, ...(argPattern === undefined ? {} : { argPattern }) };
    const file = withList(now, agent, (list) => [
      ...list.filter((each) => !isEntry(each, pattern, argPattern)),
      entry,
    ]);
    const view = await write(session, now, file);
    if (json) out.json({ ok: true, ...view });
    else out.line(`Listed for ${agent === '*' ? 'every agent' : `agent ${agent}`}.`);
    if (argPattern === undefined) {
      out.warn('Whatever its arguments: narrow it with --args where you can.');
    }
  });

/** `openclaw approvals allowlist remove <pattern>`. */
export const removeFromAllowlist: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const pattern = input.argument('pattern');
    const argPattern = input.text('args');
    const agent = input.text('agent') ?? '*';
    const now = await session.ask('exec.approvals.get', {});
    let found = 0;
    const file = withList(now, agent, (list) =>
      list.filter((each) => {
        const meant =
          argPattern === undefined
            ? each['pattern'] === pattern
            : isEntry(each, pattern, argPattern);
        if (meant) found += 1;
        return !meant;
      }),
    );
    if (found === 0) {
      throw new PortcullisError('approvals.not_listed', `${quote(pattern)} is not listed there.`, {
        hint: '"openclaw approvals get" shows the lists. Name another agent with --agent.',
      });
    }
    const view = await write(session, now, file);
    if (json) out.json({ ok: true, ...view });
    else out.line('No longer listed.');
  });
