/**
 * A gateway with MCP servers: the real package over the real brokers, and servers of the test.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ModelTool, Plugin } from '@portcullis/core';

import type { Resolve } from '../../src/index.ts';
import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';

// Loaded by path: the gateway depends on no tool.
const source = new URL('../../../tools-mcp/src/index.ts', import.meta.url).href;
const { default: plugin } = (await import(source)) as { readonly default: Plugin };

const SCRIPT = fileURLToPath(new URL('./fake-server.ts', import.meta.url));

/** A tool as a server of the test lists it. */
export interface FakeTool {
  readonly name: string;
  readonly description?: unknown;
  readonly inputSchema?: unknown;
  readonly [more: string]: unknown;
}

/** A server of the test: a folder with its list and its log. */
export class FakeServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'portcullis-mcp-'));

  constructor(tools: readonly FakeTool[]) {
    this.list(tools);
  }

  /** What stands below `mcp.servers` for it. */
  config(more: object = {}, mode = ''): object {
    return { command: process.execPath, args: [SCRIPT, this.folder, mode], ...more };
  }

  /** What it lists from now on. */
  list(tools: readonly FakeTool[]): void {
    const whole = tools.map((tool) => ({ inputSchema: { type: 'object' }, ...tool }));
    writeFileSync(join(this.folder, 'tools.json'), JSON.stringify({ tools: whole }));
  }

  /** What was done with it. */
  get log(): readonly string[] {
    const path = join(this.folder, 'log.txt');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A gateway whose agent may use MCP tools. 42 is the owner and 43 a guest. */
export class McpWorld {
  harness: Harness;
  #calls = 0;

  constructor(harness: Harness) {
    this.harness = harness;
  }

  get servers(): Harness['gateway']['services']['toolServers'] {
    return this.harness.gateway.services.toolServers;
  }

  /** Accepts whatever a server lists now. */
  async accept(id: string): Promise<void> {
    const { digest } = await this.servers.inspect(id);
    await this.servers.accept(cli, id, digest);
  }

  /** Lets the model call a tool in a turn; resolves with what it heard of it. */
  async call(name: string, input: object = {}, sender = '42', text = 'go'): Promise<string> {
    const { model } = this.harness;
    const before = model.requests.length;
    await this.begin(name, input, sender, text);
    await until(() => model.requests.length === before + 2, 'the model to hear of it');
    return model.heard.at(-1) ?? '';
  }

  /** The same without waiting for what comes of it. */
  async begin(name: string, input: object = {}, sender = '42', text = 'go'): Promise<void> {
    this.#calls += 1;
    const id = `call-${String(this.#calls)}`;
    this.harness.model.script.push(async function* () {
      yield { type: 'tool-call', id, name, input };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await this.harness.network.deliver(direct(sender, text));
  }

  /** The tools the model is offered in a turn of this sender. */
  async offered(sender = '42'): Promise<readonly ModelTool[]> {
    const { model, network } = this.harness;
    const before = model.requests.length;
    const sent = network.sent.length;
    await network.deliver(direct(sender, 'hello'));
    await until(() => model.requests.length > before && network.sent.length > sent, 'an answer');
    return model.requests[before]?.tools ?? [];
  }

  async names(sender = '42'): Promise<readonly string[]> {
    return (await this.offered(sender)).map(({ name }) => name);
  }

  /** The audit log, oldest first. */
  async lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines.map(({ entry }) => entry as Readonly<Record<string, unknown>>);
  }
}

export interface WorldOptions {
  readonly servers: Readonly<Record<string, object>>;
  readonly tools?: object;
  readonly more?: object;
  readonly folder?: string;
  readonly resolve?: Resolve;
}

export async function openMcpWorld({
  servers,
  tools = { profile: 'full' },
  more = {},
  folder,
  resolve,
}: WorldOptions): Promise<McpWorld> {
  const harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      session: { dmScope: 'per-channel-peer' },
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools,
      mcp: { servers },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
      ...more,
    },
    plugins: [plugin],
    ...(folder === undefined ? {} : { folder }),
    ...(resolve === undefined ? {} : { resolve }),
  });
  mkdirSync(join(harness.folder, 'workspace'), { recursive: true });
  return new McpWorld(harness);
}
