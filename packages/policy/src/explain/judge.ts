/**
 * Asks the enforcing code, in the order in which the gateway asks it: admission, routing, the tool,
 * what the call does, where information goes.
 *
 * @module
 */
import type { Decision, Event, TrustClass } from '@portcullis/core';
import { combine } from '../combine.ts';
import { compileConfig, type CompiledConfig } from '../config/compile.ts';
import { decideExec, type ExecInput } from '../exec/decide.ts';
import { decideFile, type FileInput } from '../files/decide.ts';
import { type FlowLabel, taintOf } from '../flow/label.ts';
import { decideFlow, type Sink } from '../flow/sink.ts';
import { isListedOwner } from '../ingress/command.ts';
import { type Admission, type AdmitState, admitEvent } from '../ingress/admit.ts';
import { canonicalSender } from '../identity/sender.ts';
import { decideNet } from '../network/decide.ts';
import { decideRoute } from '../session/route.ts';
import { decideTool, decideTools } from '../tools/decide.ts';
import type { RegisteredTool } from '../tools/names.ts';
import type { ToolInput } from '../tools/scope.ts';
import { invalid, total } from '../verdict.ts';
import type { Probe } from './capability.ts';

/** One event, and what the gateway knows beside the config. */
export interface Situation {
  readonly event: Event;
  readonly state: AdmitState;
  /** The agent of a door that names one itself; channels are routed. */
  readonly agentId?: string;
  /** Of the model in use: `anthropic`, and `claude-sonnet-4-5`. */
  readonly provider?: string;
  readonly model?: string;
  readonly sandboxed?: boolean;
  readonly subagent?: NonNullable<ToolInput['subagent']>;
  /**
   * What the session has seen. Default: this message and nothing else. What it has seen can only
   * tighten an answer.
   */
  readonly label?: FlowLabel;
}

/** Facts about an installation that no config holds. */
export interface Facts {
  /** Tools of plugins. Default none. */
  readonly registered?: readonly RegisteredTool[];
  /** The host's own document about commands. Default none: it could only tighten. */
  readonly hostApprovals?: ExecInput['hostApprovals'];
}

/** An event that came in, and the agent it goes to. */
export interface Arrival {
  readonly admission: Admission;
  /** Undefined when the event was not admitted. */
  readonly route: Decision | undefined;
  readonly agentId: string | undefined;
  readonly trust: TrustClass;
  readonly isOwner: boolean;
}

/** The decisions about one call, in order. */
export interface CallDecisions {
  readonly tool: Decision;
  /** What the area of the tool says; undefined where none is asked. */
  readonly area: Decision | undefined;
  readonly flow: Decision | undefined;
  readonly decision: Decision;
}

const HOME = '/home/user';
const WORKSPACE = '/home/user/workspace';
const STATE = '/home/user/.openclaw';

/** A file that exists outside the workspace and is nothing special. */
function outsideFile(op: 'read' | 'write', agentId: string): FileInput {
  const path = `${HOME}/elsewhere.txt`;
  const facts = { workspaceReal: WORKSPACE, real: path, leafExists: true, nlink: 1 };
  return {
    op,
    path,
    home: HOME,
    workspace: WORKSPACE,
    stateDir: STATE,
    agentId,
    facts: { ...facts, type: 'file' },
  };
}

/** A config that answers questions. Pure: it keeps nothing but what it worked out. */
export class Judge {
  readonly config: unknown;
  readonly facts: Facts;
  readonly #compiled: CompiledConfig;
  readonly #areas: Map<string, Decision> = new Map();

  constructor(config: unknown, facts: Facts = {}) {
    this.#compiled = compileConfig(config);
    this.config = this.#compiled.root;
    this.facts = facts;
  }

  /** Whether the event comes in, and where it goes. */
  arrive({ event, state, agentId }: Situation): Arrival {
    const admission = admitEvent(this.#compiled, event, state);
    const { isOwner } = admission;
    const { trust } = admission.principal;
    if (admission.effect !== 'allow' || agentId !== undefined) {
      const known = admission.effect === 'allow' ? agentId : undefined;
      return { admission, route: undefined, agentId: known, trust, isOwner };
    }
    const route = total(() => decideRoute(this.#compiled, routeInput(event)));
    const chosen =
      route.effect === 'allow' && typeof route.value === 'string' ? route.value : undefined;
    return { admission, route, agentId: chosen, trust, isOwner };
  }

  /** Whether `id` is an owner on `channel`, also where he may not speak. */
  isOwner(channel: string, id: string): boolean {
    try {
      return isListedOwner(this.#compiled, channel, canonicalSender(channel, id));
    } catch {
      return false;
    }
  }

  /** The same event as a control command. */
  command(situation: Situation, name: string): Decision {
    const event: Event = { ...situation.event, kind: 'command', command: { name, args: '' } };
    return admitEvent(this.#compiled, event, situation.state);
  }

  /** What the tool policy says about every tool there is, by name. */
  tools(situation: Situation, arrival: Arrival): ReadonlyMap<string, Decision> {
    return decideTools(this.#compiled, this.#toolInput(situation, arrival));
  }

  /** All decisions about one call. `tool`: the tool policy's, where it is known already. */
  call(
    situation: Situation,
    arrival: Arrival,
    name: string,
    probe: Probe,
    tool: Decision = this.#tool(situation, arrival, name, probe),
  ): CallDecisions {
    // A refusal of the tool ends the matter: nothing that follows could lift it.
    if (tool.effect === 'deny') return { tool, area: undefined, flow: undefined, decision: tool };
    const area = this.#area(situation, arrival.agentId ?? '', probe);
    const flow = probe.sink && this.flow(probe.sink, arrival.trust, situation.label);
    const parts = [tool, area, flow].filter((each) => each !== undefined);
    return { tool, area, flow, decision: combine(parts) };
  }

  /** What a way out lets through for a requester, in a session that has seen `label`. */
  flow(sink: Sink, requester: TrustClass, label?: FlowLabel): Decision {
    const seen = label ?? { u: taintOf(requester), P: [] };
    return this.#once(['flow', sink, requester, seen], () =>
      decideFlow(this.config, { label: seen, requester, sink, owners: [], conversations: {} }),
    );
  }

  /** The tool policy about a call that needs more than its name. */
  #tool(situation: Situation, arrival: Arrival, tool: string, probe: Probe): Decision {
    const { action, messageTarget } = probe;
    const input = {
      ...this.#toolInput(situation, arrival),
      tool,
      ...(action === undefined ? {} : { action }),
      ...(messageTarget === undefined ? {} : { messageTarget }),
    };
    return total(() => decideTool(this.#compiled, input));
  }

  #toolInput(situation: Situation, { agentId, isOwner }: Arrival): Omit<ToolInput, 'tool'> {
    const { event, provider, model, sandboxed, subagent } = situation;
    const { conversation, sender } = event;
    const { registered } = this.facts;
    const isRoom = conversation.kind !== 'direct';
    return {
      agentId: agentId ?? '',
      requesterIsOwner: isOwner,
      ...(isChannelEvent(event)
        ? {
            channel: conversation.channel,
            accountId: conversation.accountId,
            kind: conversation.kind,
            ...(isRoom ? { peerId: conversation.id } : {}),
            ...(conversation.parentId === undefined ? {} : { parentId: conversation.parentId }),
            ...(conversation.guildId === undefined ? {} : { guildId: conversation.guildId }),
            sender,
          }
        : {}),
      ...(provider === undefined ? {} : { provider }),
      ...(model === undefined ? {} : { model }),
      ...(sandboxed === undefined ? {} : { sandboxed }),
      ...(subagent === undefined ? {} : { subagent }),
      ...(registered === undefined ? {} : { registered }),
    };
  }

  #area({ sandboxed = false }: Situation, agentId: string, probe: Probe): Decision | undefined {
    const { command, url, outside } = probe;
    if (command !== undefined) {
      const { hostApprovals } = this.facts;
      const program = command.split(' ')[0] ?? command;
      return this.#once(['exec', agentId, command, sandboxed], () =>
        decideExec(this.config, {
          agentId,
          command,
          cwd: WORKSPACE,
          workspace: WORKSPACE,
          home: HOME,
          sandboxed,
          which: { [program]: { path: `/usr/bin/${program}` } },
          ...(hostApprovals === undefined ? {} : { hostApprovals }),
        }),
      );
    }
    if (url !== undefined) return this.#once(['net', url], () => decideNet(this.config, url));
    if (outside === undefined) return undefined;
    return this.#once(['file', agentId, outside], () =>
      decideFile(this.config, outsideFile(outside, agentId)),
    );
  }

  /** The same question has the same answer, and probes ask few different ones. */
  #once(key: unknown, ask: () => Decision): Decision {
    const text = JSON.stringify(key);
    const known = this.#areas.get(text);
    if (known !== undefined) return known;
    const decision = ask();
    this.#areas.set(text, decision);
    return decision;
  }
}

/** Doors of the gateway itself; what comes through them has no conversation on a network. */
const DOORS: ReadonlySet<string> = new Set(['operator', 'api', 'hook', 'cron', 'subagent']);

function isChannelEvent({ kind }: Event): boolean {
  return !DOORS.has(kind);
}

function routeInput({ conversation, sender }: Event): unknown {
  const { id, ...place } = conversation;
  return { ...place, ...(place.kind === 'direct' ? {} : { peerId: id }), sender };
}

/** The answer to a call whose event never reached the agent. */
export function unreached({ admission, route }: Arrival): Decision {
  if (admission.effect !== 'allow') {
    return { ...admission, effect: 'deny' };
  }
  return route === undefined || route.effect === 'allow' ? invalid('agentId') : route;
}
