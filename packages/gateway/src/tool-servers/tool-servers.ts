/**
 * The tool servers of a gateway: which tools of theirs the agent may be offered, and every call.
 *
 * A tool is offered in the words the owner accepted, and without asking its server: a server is
 * connected when one of its tools is called, or when an operator looks at it. Until the owner has
 * accepted what a server lists, nothing of it exists for the agent.
 *
 * @module
 */
import { type Json, PortcullisError, type ToolResult, type ToolSource } from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { type CallSite, EffectGate } from '../brokers/effect.ts';
import type { Resolve } from '../brokers/net/resolve.ts';
import type { Sandbox } from '../brokers/proc/sandbox.ts';
import { type LoadedConfig, type Secrets, getPath } from '../config/index.ts';
import { fence } from '../fence.ts';
import { type Kernel, commit } from '../kernel.ts';
import { Connection } from './connection.ts';
import { type CallInput, broughtBy, readDecision, sinkOf } from './effects.ts';
import { type ListedTool, plainText } from './listing.ts';
import { offeredName, repeated } from './names.ts';
import {
  type PinRow,
  type PinnedTool,
  acceptance,
  digestOfList,
  identityOf,
  readPins,
  standingOf,
  toolPinsTable,
} from './pins.ts';
import { type ServerSettings, serversOf } from './settings.ts';
import { printOf, sourcesOf } from './sources.ts';
import { Toolbox } from './toolbox.ts';

/** A tool of a server, as the agent is offered it. */
export interface ServerTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly [key: string]: Json };
  /** What tool policy knows it as the tool of: `mcp:files`. */
  readonly pluginId: string;
  /** Longest a call may take, with connecting. */
  readonly timeoutMs: number;
  readonly pin: PinnedTool;
  readonly connection: Connection;
}

/** What tool servers act through. */
export interface ToolServerRooms {
  readonly secrets: Secrets;
  readonly approvals: Approvals;
  readonly sandbox: Sandbox;
  readonly resolve: Resolve;
}

/** A configured server and what is known of it. */
export interface ServerEntry {
  readonly settings: ServerSettings;
  readonly connection: Connection | undefined;
  readonly source: ToolSource;
  /** It is not what the config asks for any more, and what that asks for could not be made. */
  outdated?: true;
  pins: PinRow | undefined;
  /** What it listed when it was last asked, in this process. */
  seen: readonly ListedTool[] | undefined;
}

/** The servers of another config, made ready. */
export interface ServerChange {
  /** Servers whose secrets cannot be had: what they had goes on. */
  readonly kept: readonly { readonly path: string; readonly cause: PortcullisError }[];
  /** Puts them in force and lets go of those that are not as they were. */
  readonly put: () => Promise<void>;
}

/** What an operator is shown of one server, fresh from it. */
export interface Inspection {
  readonly entry: ServerEntry;
  readonly listed: readonly ListedTool[];
  /** What an acceptance is bound to. */
  readonly digest: string;
}

const INPUT_CHARS = 200_000;
/** Less than any result may have, so that the fence around it is never cut off. */
const RESULT_CHARS = 95_000;
const IDLE_MS = 600_000;

/** Every tool server of one gateway. */
export class ToolServers {
  /** Every tool there is right now, also those of packages. */
  readonly toolbox: Toolbox;
  readonly #kernel: Kernel;
  readonly #rooms: ToolServerRooms;
  #entries: readonly ServerEntry[] = [];
  /** Recomputed when something accepted or listed changed. */
  #offered: readonly ServerTool[] | undefined;

  private constructor(kernel: Kernel, rooms: ToolServerRooms) {
    this.toolbox = new Toolbox(kernel.registry, () => this.tools());
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Nothing is started or reached by it. */
  static async open(kernel: Kernel, rooms: ToolServerRooms): Promise<ToolServers> {
    const servers = new ToolServers(kernel, rooms);
    const { put } = await servers.change(kernel.config(), rooms.secrets);
    await put();
    return servers;
  }

  /** Makes ready the servers of a config. Those that are as they were keep their connections. */
  async change(config: LoadedConfig, secrets: Secrets): Promise<ServerChange> {
    const kept: ServerChange['kept'][number][] = [];
    const after: ServerEntry[] = [];
    for (const source of sourcesOf(this.#kernel)) {
      for (const settings of serversOf(config, source)) {
        const known = this.#entries.find((entry) => entry.settings.path === settings.path);
        const standing = known && this.#compare(known, config, { settings, source, secrets });
        if (standing !== undefined && standing !== 'changed' && standing !== 'same') {
          kept.push({ path: settings.path, cause: standing });
        }
        const isKept = known !== undefined && standing !== 'changed';
        after.push(isKept ? known : this.#entry(config, settings, source));
      }
    }
    const fresh = after.filter((entry) => !this.#entries.includes(entry));
    if (fresh.length > 0) {
      await this.#kernel.store.transact(async (tx) => {
        for (const entry of fresh) entry.pins = await readPins(tx, entry.settings);
      });
    }
    return { kept, put: () => this.#put(after, kept) };
  }

  /** How a server stands to what a config asks for; the fault where its secrets cannot be had. */
  #compare(
    known: ServerEntry,
    config: LoadedConfig,
    { settings, source, secrets }: Pick<ServerEntry, 'settings' | 'source'> & { secrets: Secrets },
  ): 'same' | 'changed' | PortcullisError {
    const next = printOf(config, settings, secrets);
    if (typeof next !== 'string') return next;
    if (known.outdated === true || known.source !== source) return 'changed';
    const now = printOf(this.#kernel.config(), known.settings, this.#rooms.secrets);
    return now === next ? 'same' : 'changed';
  }

  async #put(after: readonly ServerEntry[], kept: ServerChange['kept']): Promise<void> {
    const gone = this.#entries.filter((entry) => !after.includes(entry));
    this.#entries = after;
    this.#offered = undefined;
    for (const entry of after) {
      if (kept.some(({ path }) => path === entry.settings.path)) entry.outdated = true;
    }
    await Promise.all(gone.map(({ connection }) => connection?.close()));
  }

  get entries(): readonly ServerEntry[] {
    return this.#entries;
  }

  /** The tools the agent may be offered right now, by name. */
  tools(): ReadonlyMap<string, ServerTool> {
    this.#offered ??= this.#offer();
    const awake = this.#offered.filter(({ connection }) => !connection.paused);
    return new Map(awake.map((tool) => [tool.name, tool]));
  }

  /** Calls a tool for a turn: decided, approved where asked, written down, and fenced. */
  async call(site: CallSite, tool: ServerTool, input: unknown): Promise<ToolResult> {
    const { settings } = tool.connection;
    const checked = checkInput(input);
    if (checked === undefined) {
      const text =
        'The input does not fit the tool: it must be an object of 200,000 characters at most.';
      return { text, isError: true };
    }
    const mapping = settings.mapping(tool.pin.name);
    const sink = sinkOf(mapping, checked);
    const gate = new EffectGate(this.#kernel, this.#rooms.approvals, site);
    const result = await gate.perform({
      kind: 'server',
      action: 'call',
      facts: {
        host: settings.principal,
        pin: tool.pin.hash,
        mapped: mapping.effect ?? 'unmapped',
        inputHash: textHash(JSON.stringify(checked)),
      },
      subject: {
        server: settings.principal,
        tool: tool.name,
        input: checked,
        pin: tool.pin.hash,
        effect: mapping.effect ?? 'unmapped',
      },
      decide: async () => [
        sink === undefined ? readDecision(settings) : await site.flow.decide(sink),
      ],
      // Durable before anybody sees the answer.
      settle: (tx) => site.flow.learnIn(tx, broughtBy(settings)),
      act: () => tool.connection.call(tool.pin.name, tool.pin.hash, checked, site.signal),
      outcome: ({ text, isError }) => ({ chars: text.length, failed: isError === true }),
    });
    return fenced(settings, result);
  }

  /** Connects to a server and reads its list. Throws `server.unknown`, and why it cannot be used. */
  async inspect(id: string, signal: AbortSignal): Promise<Inspection> {
    const entry = this.#find(id);
    const { settings, connection } = entry;
    if (settings.problem !== undefined || connection === undefined) {
      throw new PortcullisError('server.config', settings.problem ?? 'It is not configured.', {
        hint: `Correct ${settings.path}.`,
      });
    }
    const tools = await connection.tools(signal, true);
    const listed = [...tools.values()];
    return { entry, listed, digest: digestOfList(settings, listed) };
  }

  /**
   * Accepts what a server lists, if it is still what was shown. Throws as `inspect`, and
   * `server.list_changed` when it is not.
   */
  async accept(id: string, digest: string, by: string, signal: AbortSignal): Promise<Inspection> {
    const inspection = await this.inspect(id, signal);
    const { entry, listed } = inspection;
    if (inspection.digest !== digest) {
      throw new PortcullisError(
        'server.list_changed',
        'The server no longer lists what was shown.',
        {
          hint: 'Look at it again: openclaw mcp show <server>.',
        },
      );
    }
    const row = acceptance(entry.settings, listed, { at: this.#kernel.now(), id: by });
    await commit(this.#kernel, (tx) => {
      tx.put(toolPinsTable, entry.settings.principal, row);
      this.#kernel.journal.record(tx, {
        kind: 'operator',
        at: this.#kernel.now(),
        principal: by,
        code: 'server.accepted',
        server: entry.settings.principal,
        identity: identityOf(entry.settings),
        digest,
        tools: listed.length,
      });
    });
    entry.pins = row;
    this.#offered = undefined;
    return inspection;
  }

  /** Whether a name is a package's, or another server has accepted a tool of that name. */
  isTaken(name: string, by: ServerSettings): boolean {
    if (this.#kernel.registry.tools.has(name)) return true;
    return this.#entries.some(
      (entry) => entry.settings !== by && usableOf(entry).some((tool) => tool.name === name),
    );
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all(this.#entries.map(({ connection }) => connection?.close()));
  }

  #entry(config: LoadedConfig, settings: ServerSettings, source: ToolSource): ServerEntry {
    const { secrets, sandbox, resolve } = this.#rooms;
    const idle = getPath(config.value, 'mcp.sessionIdleTtlMs');
    const connection =
      settings.problem === undefined
        ? new Connection(
            settings,
            source,
            {
              kernel: this.#kernel,
              secrets,
              sandbox,
              resolve,
              listed: async (_, tools) => await this.#seen(entry, tools),
            },
            typeof idle === 'number' && idle >= 0 ? idle : IDLE_MS,
          )
        : undefined;
    const entry: ServerEntry = {
      settings,
      source,
      connection,
      pins: undefined,
      seen: undefined,
    };
    return entry;
  }

  /** A server listed its tools: what no longer is what was accepted is told to the owner. */
  async #seen(entry: ServerEntry, tools: readonly ListedTool[]): Promise<void> {
    const { pins, settings } = entry;
    const before = entry.seen;
    entry.seen = tools;
    this.#offered = undefined;
    if (pins === undefined) return;
    const digest = digestOfList(settings, tools);
    if (before !== undefined && digestOfList(settings, before) === digest) return;
    const changed = tools.filter((tool) => standingOf(pins, tool) === 'changed').length;
    const fresh = tools.filter((tool) => standingOf(pins, tool) === 'new').length;
    const missing = pins.tools.filter(({ name }) => !tools.some((tool) => tool.name === name));
    if (changed + fresh + missing.length === 0) return;
    const { principal } = settings;
    const counts = { changed, new: fresh, gone: missing.length };
    this.#kernel.log.warn(
      { server: principal, ...counts },
      'server: its tools are not those that were accepted; openclaw mcp show',
    );
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'effect',
        at: this.#kernel.now(),
        principal,
        code: 'server.tools_changed',
        digest,
        ...counts,
      });
    });
  }

  /** What was accepted, is still so as far as is known, and has a name nothing else has. */
  #offer(): readonly ServerTool[] {
    const usable = this.#entries.flatMap((entry) => usableOf(entry));
    const twice = repeated(usable.map(({ name }) => name));
    return usable.filter(({ name }) => !twice.has(name) && !this.#kernel.registry.tools.has(name));
  }

  #find(id: string): ServerEntry {
    const entry = this.#entries.find(
      ({ settings }) => settings.id === id || settings.principal === id,
    );
    if (entry !== undefined) return entry;
    throw new PortcullisError('server.unknown', 'No tool server of this name is configured.', {
      hint: 'openclaw mcp list shows those there are; what is switched off does not count.',
    });
  }
}

function usableOf({ settings, connection, pins, seen }: ServerEntry): readonly ServerTool[] {
  if (connection === undefined) return [];
  return (pins?.tools ?? []).flatMap((pin) => {
    const name = offeredName(settings.id, pin.name);
    const now = seen?.find((tool) => tool.name === pin.name);
    const kept = seen === undefined || now?.hash === pin.hash;
    const sound = pin.fault === undefined && settings.offers(pin.name);
    if (name === undefined || !kept || !sound) return [];
    const description = `[Described by the server ${settings.principal}] ${pin.description}`;
    const { inputSchema } = pin;
    const timeoutMs = settings.timeoutMs + settings.connectMs;
    const pluginId = settings.principal;
    return [{ name, description, inputSchema, pluginId, timeoutMs, pin, connection }];
  });
}

function checkInput(input: unknown): CallInput | undefined {
  const value = input ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  // Models answer in JSON: what the provider parsed is JSON again.
  return JSON.stringify(value).length <= INPUT_CHARS ? (value as CallInput) : undefined;
}

function fenced(settings: ServerSettings, { text, isError }: ToolResult): ToolResult {
  const plain = fence(plainText(text, RESULT_CHARS));
  return {
    text: `<untrusted kind="tool" from="${settings.principal}">\n${plain}\n</untrusted>`,
    ...(isError === true ? { isError } : {}),
  };
}
