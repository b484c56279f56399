/**
 * Tool servers as operators see them.
 *
 * @module
 */
import type {
  ServerToolItem,
  ToolDefinition,
  ToolServerInspection,
  ToolServerReport,
  ToolServerService,
} from '../services.ts';
import type { Definition, ListedTool } from './listing.ts';
import { offeredName, repeated } from './names.ts';
import { type PinnedTool, standingOf } from './pins.ts';
import type { Inspection, ServerEntry, ToolServers } from './tool-servers.ts';

/** The servers of one gateway, for the control plane. */
export function toolServerService(servers: ToolServers): ToolServerService {
  return {
    list: () => servers.entries.map((entry) => reportOf(servers, entry)),
    inspect: async (id) => inspectionOf(servers, await servers.inspect(id, never())),
    accept: async (caller, id, digest) =>
      inspectionOf(servers, await servers.accept(id, digest, caller.id, never())),
  };
}

/** Bounded by the connection itself. */
function never(): AbortSignal {
  return new AbortController().signal;
}

function reportOf(
  servers: ToolServers,
  { settings, connection, pins, seen }: ServerEntry,
): ToolServerReport {
  const { id, principal, program, problem } = settings;
  const fault = connection?.fault;
  const offered = [...servers.tools().values()].filter((tool) => tool.connection === connection);
  const why = problem ?? fault?.message;
  return {
    id,
    principal,
    kind: program === undefined ? 'web' : 'program',
    state: connection?.state ?? 'unusable',
    ...(why === undefined ? {} : { problem: why }),
    ...(fault?.said === undefined ? {} : { said: fault.said }),
    ...(fault === undefined ? {} : { retryAt: fault.until }),
    offered: offered.map(({ name }) => name),
    differs: (seen ?? []).some((tool) => standingOf(pins, tool) !== 'accepted'),
    ...(pins === undefined ? {} : { acceptedAt: pins.acceptedAt, acceptedBy: pins.acceptedBy }),
  };
}

function inspectionOf(
  servers: ToolServers,
  { entry, listed, digest }: Inspection,
): ToolServerInspection {
  const { settings, pins } = entry;
  const pinned = pins?.tools ?? [];
  const twice = repeated(listed.flatMap(({ name }) => offeredName(settings.id, name) ?? []));
  const names = [...new Set([...listed, ...pinned].map(({ name }) => name))].toSorted();
  const tools = names.map((name): ServerToolItem => {
    const now = listed.find((tool) => tool.name === name);
    const accepted = pinned.find((tool) => tool.name === name);
    const offeredAs = offeredName(settings.id, name);
    const withheld = whyWithheld(servers, entry, { name, offeredAs, now, twice });
    return {
      name,
      standing: now === undefined ? 'gone' : standingOf(pins, now),
      ...(offeredAs === undefined ? {} : { offeredAs }),
      ...(withheld === undefined ? {} : { withheld }),
      effect: settings.mapping(name).effect ?? 'unmapped',
      ...(now === undefined ? {} : { now: definitionOf(now) }),
      ...(accepted === undefined ? {} : { accepted: definitionOf(accepted) }),
    };
  });
  return { server: reportOf(servers, entry), tools, digest };
}

interface Candidate {
  readonly name: string;
  readonly offeredAs: string | undefined;
  readonly now: ListedTool | undefined;
  readonly twice: ReadonlySet<string>;
}

function whyWithheld(
  servers: ToolServers,
  { settings }: ServerEntry,
  { name, offeredAs, now, twice }: Candidate,
): string | undefined {
  if (offeredAs === undefined) return 'Its name has characters that no tool may have.';
  if (now?.fault !== undefined) return now.fault;
  if (!settings.offers(name)) return `The filter at ${settings.path}.toolFilter leaves it out.`;
  if (twice.has(offeredAs) || servers.isTaken(offeredAs, settings)) {
    return 'Another tool would have the same name.';
  }
  return undefined;
}

function definitionOf({
  description,
  inputSchema,
}: Definition & Partial<PinnedTool>): ToolDefinition {
  return { description, inputSchema: JSON.stringify(inputSchema) };
}
