/**
 * A session of the running gateway without its model: the calls are given, and the functions that
 * decide them and keep the label are those a turn uses.
 *
 * @module
 */
import type { Decision, Event, Tool, TrustClass } from '@portcullis/core';
import { combine } from '@portcullis/policy';
import { decideExec } from '@portcullis/policy/exec';
import type { FlowLabel, PrivateClass, Sink } from '@portcullis/policy/flow';
import { decideNet } from '@portcullis/policy/network';
import { compileToolPolicy } from '@portcullis/policy/tools';

import { SessionFlow } from '../../../packages/gateway/src/brokers/session-flow.ts';
import type { InboxRun } from '../../../packages/gateway/src/intake/inbox.ts';
import type { Kernel } from '../../../packages/gateway/src/kernel.ts';
import { decideTool } from '../../../packages/gateway/src/turn/tool-decision.ts';
import { Toolbox } from '../../../packages/gateway/src/tool-servers/toolbox.ts';
import { createMemoryStore } from '../../../packages/gateway/test/server/memory-store.ts';

const OWNER = 'telegram:1';

/** Everything is switched on, so that nothing but the flow of information can hold a call. */
const CONFIG = {
  commands: { ownerAllowFrom: [OWNER] },
  tools: { profile: 'full', exec: { security: 'full', ask: 'off' } },
};

const RUN: InboxRun = {
  runId: 'run:replay',
  agentId: 'main',
  sessionKey: 'agent:main:telegram:direct:1',
  principal: { id: OWNER, trust: 'owner', channel: 'telegram', accountId: 'default' },
  isOwner: true,
  code: 'dm.allowlisted',
};

const FACTS = { channel: 'telegram', accountId: 'default', kind: 'direct', senderId: '1' } as const;

/** Any public address: every host of a benchmark leads to it. */
const RESOLVED = ['93.184.216.34'];

/** Opens sessions over one set of tools. */
export type OpenSession = (prompt: string) => ReplaySession;

/** Sessions in which `tools` are registered, and nothing else. */
export function sessionsOver(tools: Iterable<string>): OpenSession {
  const registered = new Map([...tools].map((name) => [name, { name } as Tool]));
  const toolPolicy = compileToolPolicy(CONFIG);
  const shared = {
    registry: { tools: registered, policies: new Map() },
    config: () => ({ value: CONFIG }),
    toolPolicy: () => toolPolicy,
    mainKey: () => 'main',
    now: () => 0,
  };
  // The rooms of a gateway that neither a decision nor a label asks for are not there.
  return (prompt) =>
    new ReplaySession({ ...shared, store: createMemoryStore() } as unknown as Kernel, prompt);
}

/** One session in which the owner wrote one message. */
export class ReplaySession {
  readonly #kernel: Kernel;
  readonly #toolbox: Toolbox;
  readonly #flow: SessionFlow;

  constructor(kernel: Kernel, prompt: string) {
    const event: Event = {
      kind: 'message',
      conversation: { channel: 'telegram', accountId: 'default', kind: 'direct', id: '1' },
      sender: { id: '1' },
      at: 0,
      text: prompt,
    };
    this.#kernel = kernel;
    this.#toolbox = new Toolbox(kernel.registry, () => new Map());
    this.#flow = new SessionFlow(kernel, RUN, event);
  }

  /** Tool policy, then the area, then the flow of information: the most severe wins. */
  async decide(tool: string, sink: Sink | undefined): Promise<Decision> {
    const call = { id: 'call', name: tool, input: {} };
    return combine([
      decideTool(this.#kernel, this.#toolbox, RUN, FACTS, call),
      ...(sink === undefined ? [] : [...areaOf(sink), await this.#flow.decide(sink)]),
    ]);
  }

  /** The result of a call is shown to the model. */
  async learn(source: TrustClass, classes: readonly PrivateClass[]): Promise<void> {
    await this.#flow.learn({ from: source, classes });
  }

  label(): Promise<FlowLabel> {
    return this.#flow.label();
  }
}

/** What the area of a call says of it. A tool of a plugin has none. */
function areaOf(sink: Sink): readonly Decision[] {
  switch (sink.kind) {
    case 'web.read':
    case 'web.write': {
      const url = /^https?:/u.test(sink.url) ? sink.url : `https://${sink.url}`;
      return [decideNet(CONFIG, { tool: 'web_fetch', url, resolved: RESOLVED })];
    }
    case 'exec':
      return [decideExec(CONFIG, { command: sink.command, cwd: '/home/o', which: {} })];
    default:
      return [];
  }
}
