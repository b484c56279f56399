/**
 * `openclaw mcp`: servers of tools, what they say they can do, and what of it the owner accepted.
 *
 * A server's words are printed as data: escaped, under names of ours, and beside what was accepted.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ToolServer, ToolServerInspection } from '@portcullis/protocol';

import type { CommandHandler, ExitCode, Invocation } from '../command.ts';
import { formatInstant } from '../terminal/time.ts';
import { withOperator } from './operator-session.ts';

type Tool = ToolServerInspection['tools'][number];
type Definition = NonNullable<Tool['now']>;

/** `openclaw mcp list`. */
export const listServers: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const { servers } = await ask('mcp.list', {});
    if (json) {
      out.json({ ok: true, servers });
      return;
    }
    if (servers.length === 0) {
      out.line('No server is configured: see mcp.servers.');
      return;
    }
    out.table(
      ['SERVER', 'STATE', 'TOOLS', 'ACCEPTED', 'REMARK'],
      servers.map((server) => [
        server.id,
        server.state,
        String(server.offered.length),
        server.acceptedAt === undefined ? 'never' : formatInstant(server.acceptedAt),
        remark(server),
      ]),
    );
    if (servers.some(({ acceptedAt, differs }) => acceptedAt === undefined || differs)) {
      out.note('"openclaw mcp show" prints what a server offers, "openclaw mcp accept" takes it.');
    }
  });

function remark({ problem, differs, acceptedAt }: ToolServer): string {
  if (problem !== undefined) return problem;
  if (acceptedAt === undefined) return 'Nothing of it was accepted yet.';
  return differs ? 'It no longer lists what was accepted.' : '';
}

function count(tools: readonly Tool[], standing: Tool['standing']): number {
  return tools.filter((tool) => tool.standing === standing).length;
}

function printDefinition({ out }: Invocation, heading: string, definition: Definition): void {
  out.line(`  ${heading}`);
  for (const line of definition.description.split('\n')) out.line(`    | ${line}`);
  out.json(JSON.parse(definition.inputSchema));
}

/** Prints a server's tools with everything that an acceptance is about. */
function print(invocation: Invocation, { server, tools, digest }: ToolServerInspection): void {
  const { out } = invocation;
  out.line(`Server:    ${server.principal}`);
  out.line(
    server.acceptedAt === undefined
      ? 'Accepted:  never'
      : `Accepted:  ${formatInstant(server.acceptedAt)} by ${server.acceptedBy ?? 'nobody'}`,
  );
  out.line(`Digest:    ${digest}`);
  for (const tool of tools) {
    const { name, standing, offeredAs, withheld, effect, now, accepted } = tool;
    out.line();
    out.line(`${offeredAs ?? 'a tool without a name of ours'} (${standing}, ${effect})`);
    out.line(`  The server calls it ${JSON.stringify(name)}.`);
    if (withheld !== undefined) out.line(`  Never offered: ${withheld}`);
    if (standing !== 'accepted' && accepted !== undefined) {
      printDefinition(invocation, 'Accepted:', accepted);
    }
    if (now !== undefined) printDefinition(invocation, 'What the server says of it:', now);
  }
}

function isSettled(tools: readonly Tool[]): boolean {
  return tools.every(({ standing }) => standing === 'accepted');
}

/** `openclaw mcp show <server>`. */
export const showServer: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json, input } = invocation;
    const shown = await ask('mcp.inspect', { id: input.argument('server') });
    if (json) {
      out.json({ ok: true, ...shown });
      return;
    }
    print(invocation, shown);
    if (isSettled(shown.tools)) return;
    out.line();
    out.note(`To take it: openclaw mcp accept ${shown.server.id} --digest ${shown.digest}`);
  });

/** `openclaw mcp test <server>`. */
export const testServer: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json, input } = invocation;
    const id = input.argument('server');
    try {
      const { server, tools } = await ask('mcp.inspect', { id });
      if (json) out.json({ ok: true, server, tools: tools.length });
      else {
        out.line(`${server.principal} answers: ${String(tools.length)} tools.`);
        for (const standing of ['new', 'changed', 'gone'] as const) {
          const number = count(tools, standing);
          if (number > 0) out.line(`  ${standing}: ${String(number)}`);
        }
      }
    } catch (error) {
      // What its program said last is most of what there is to know of a server that does not start.
      const { servers } = await ask('mcp.list', {});
      const said = servers.find((server) => server.id === id)?.said;
      if (said !== undefined && !json) out.note(`Its program said last: ${said}`);
      throw error;
    }
  });

/** `openclaw mcp accept <server>`. */
export const acceptServer: CommandHandler = (invocation) =>
  withOperator<ExitCode>(invocation, async ({ ask }) => {
    const { out, json, input, doors } = invocation;
    const id = input.argument('server');
    const given = input.text('digest');
    const shown = await ask('mcp.inspect', { id });
    if (given !== undefined && given !== shown.digest) {
      throw new PortcullisError('mcp.digest', 'The server does not list what this digest names.', {
        hint: `Look at it again: openclaw mcp show ${id}`,
      });
    }
    if (isSettled(shown.tools)) {
      if (json) out.json({ ok: true, ...shown });
      else out.line('Nothing is new: the server lists exactly what was accepted.');
      return 0;
    }
    if (!json) print(invocation, shown);
    if (given === undefined && !(await doors.confirm('Let the agent be offered these tools?'))) {
      out.note('Nothing was accepted.');
      return 1;
    }
    const accepted = await ask('mcp.accept', { id, digest: shown.digest });
    if (json) out.json({ ok: true, ...accepted });
    else
      out.line(`Accepted. Offered to the agent: ${accepted.server.offered.join(', ') || 'none'}`);
    return 0;
  });
