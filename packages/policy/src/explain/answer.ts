/**
 * The answer to a question, with every gate on its way.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { combine } from '../combine.ts';
import { decideExec, type ExecInput } from '../exec/decide.ts';
import { decideFile } from '../files/decide.ts';
import { decideNet, type NetInput } from '../network/decide.ts';
import { capabilities } from './capability.ts';
import { type GateStep, admissionSteps, notReached, singleStep, toolSteps } from './gate.ts';
import { type Arrival, type Facts, Judge, type Situation, unreached } from './judge.ts';
import { type Question, situationOf, toolOf } from './question.ts';

/** An address of the public internet: what a name is taken to lead to until it is looked up. */
const PUBLIC_ADDRESS = '93.184.216.34';

/** An answer, and how it came about. */
export interface Answer {
  readonly decision: Decision;
  readonly steps: readonly GateStep[];
  readonly arrival: Arrival;
  readonly assumptions: readonly string[];
}

/** Answers `question` under `config`. */
export function decideQuestion(config: unknown, question: Question, facts: Facts): Answer {
  const judge = new Judge(config, facts);
  const situation = situationOf(question);
  const arrival = judge.arrive(situation);
  const { admission, route, agentId } = arrival;
  const { kind } = situation.event.conversation;
  const addressing =
    kind !== 'direct' && question.addressed !== false && question.command === undefined
      ? ['The message addresses the agent.']
      : [];
  const steps = [...admissionSteps(admission, kind)];
  if (route !== undefined) steps.push(singleStep('routing', route));
  const tool = toolOf(question);
  if (tool === undefined || agentId === undefined) {
    const later = tool === undefined ? [] : ['tool policy', 'flow'].map(notReached);
    const ends = admission.effect !== 'allow' || agentId !== undefined;
    const decision = ends ? admission : unreached(arrival);
    return { decision, steps: [...steps, ...later], arrival, assumptions: addressing };
  }
  const call = decideCall(judge, situation, arrival, question, tool);
  return {
    decision: call.decision,
    steps: [...steps, ...call.steps],
    arrival,
    assumptions: [...addressing, ...call.assumptions],
  };
}

function decideCall(
  judge: Judge,
  situation: Situation,
  arrival: Arrival,
  question: Question,
  tool: string,
): Omit<Answer, 'arrival'> {
  const known = capabilities(judge.facts.registered).find(({ id }) => id === tool);
  const sink = known?.ask.kind === 'tool' ? known.ask.probe.sink : undefined;
  const decision = judge.call(situation, arrival, tool, {}).tool;
  const steps = [...toolSteps(decision)];
  if (decision.effect === 'deny') {
    return { decision, steps: [...steps, notReached('flow')], assumptions: [] };
  }
  const area = decideArea(judge, question, tool, arrival.agentId ?? '');
  if (area !== undefined) steps.push(singleStep(area.gate, area.decision));
  const flow = sink && judge.flow(sink, arrival.trust, situation.label);
  if (flow !== undefined) steps.push(singleStep('flow', flow));
  const parts = [decision, area?.decision, flow].filter((each) => each !== undefined);
  const seen = 'The session has seen nothing but this message.';
  return {
    decision: combine(parts),
    steps,
    assumptions: [
      ...(area?.assumption === undefined ? [] : [area.assumption]),
      ...(flow === undefined ? [] : [seen]),
    ],
  };
}

interface AreaAnswer {
  readonly gate: string;
  readonly decision: Decision;
  readonly assumption?: string;
}

function decideArea(
  { config, facts }: Judge,
  question: Question,
  tool: string,
  agentId: string,
): AreaAnswer | undefined {
  const { exec, url, file, channel, sender } = question;
  if (exec !== undefined) {
    const { hostApprovals } = facts;
    const asked: ExecInput = {
      ...(hostApprovals === undefined ? {} : { hostApprovals }),
      channel,
      sender: { id: sender },
      ...exec,
      agentId,
    };
    return { gate: 'the command', decision: decideExec(config, asked) };
  }
  if (file !== undefined) {
    return { gate: 'the file', decision: decideFile(config, { ...file, agentId }) };
  }
  if (url === undefined) return undefined;
  const asked: NetInput = { tool: tool === 'browser' ? 'browser' : 'web_fetch', url };
  const lexical = decideNet(config, asked);
  if (lexical.code !== 'net.dns.unresolved') return { gate: 'the address', decision: lexical };
  return {
    gate: 'the address',
    decision: decideNet(config, { ...asked, resolved: [PUBLIC_ADDRESS] }),
    assumption: 'The name leads to public addresses only; nothing was looked up.',
  };
}
