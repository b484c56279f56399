/**
 * `openclaw policy explain`: why a decision fell, and what to change for another one.
 *
 * @module
 */
import { formatPath, type LoadedConfig } from '@portcullis/gateway/config';
import {
  type ConfigEdit,
  type Explanation,
  type Facts,
  type GateStep,
  type Question,
  explain,
} from '@portcullis/policy/explain';

import { servedTool } from '@portcullis/policy/tools';

import type { CommandHandler, Invocation } from '../../command.ts';
import { type Style, styled } from '../../terminal/style.ts';
import { type KeyLocation, configToAsk, locate } from './config.ts';
import { commandFacts, fileFacts, hostFacts, pairedSenders } from './facts.ts';

function questionOf(invocation: Invocation, config: LoadedConfig): Question {
  const { input, context } = invocation;
  const channel = input.argument('channel');
  const sender = input.argument('sender');
  const accountId = input.text('account') ?? 'default';
  const paired = pairedSenders(context.paths, channel, accountId);
  const [exec, file, tool] = [input.text('exec'), input.text('file'), input.text('tool')];
  const role = input.text('role');
  const texts = {
    group: input.text('group'),
    topicId: input.text('topic'),
    guildId: input.text('guild'),
    parentId: input.text('parent'),
    command: input.text('command'),
    url: input.text('url'),
    tool,
  };
  return {
    channel,
    sender,
    accountId,
    paired: input.flag('paired') ? [...paired, sender] : paired,
    isBot: input.flag('bot'),
    addressed: !input.flag('unaddressed'),
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)),
    ...(role === undefined ? {} : { roles: [role] }),
    ...(exec === undefined ? {} : { exec: commandFacts(exec, config.value, context) }),
    ...(file === undefined ? {} : { file: fileFacts(file, tool, config.value, context) }),
  };
}

/** The tool of a server, where the question is about one. */
function served({ value }: LoadedConfig, tool: string | undefined): Pick<Facts, 'registered'> {
  const found = tool === undefined ? undefined : servedTool(value, tool);
  return found === undefined ? {} : { registered: [found] };
}

/** A change in words. */
function wordsOf(edit: ConfigEdit): string {
  const key = formatPath(edit.path);
  switch (edit.do) {
    case 'set':
      return `set ${key} to ${JSON.stringify(edit.value)}`;
    case 'unset':
      return `remove ${key}`;
    case 'add':
      return `add ${JSON.stringify(edit.value)} to ${key}`;
    case 'remove':
      return `take ${JSON.stringify(edit.value)} out of ${key}`;
  }
}

const STYLES: Readonly<Record<GateStep['outcome'], Style>> = {
  passed: 'green',
  allowed: 'green',
  asks: 'yellow',
  refused: 'red',
  'not reached': 'dim',
};

/** `channels.telegram.allowFrom at openclaw.json:12`. */
function sourceOf(path: string, at: KeyLocation | undefined): string {
  const key = path.startsWith('<default>') ? path.slice('<default>'.length) : path;
  if (at === undefined) return path.startsWith('<default>') ? `${key} (default)` : key;
  const place = `${at.file}:${at.line}`;
  return at.isSet ? `${key} at ${place}` : `${key}, which is not set (it would go below ${place})`;
}

/** What can be done that is no change of the config. */
function otherWays({ decision }: Explanation, { channel, sender }: Question): readonly string[] {
  if (decision.effect === 'pair') {
    return [`approve the code the sender gets: openclaw pairing approve ${channel} <code>`];
  }
  if (decision.code === 'dm.paired') return [`openclaw pairing revoke ${channel} ${sender}`];
  return decision.code === 'group.mention.required' ? ['mention the agent'] : [];
}

function print(
  { out }: Invocation,
  question: Question,
  explanation: Explanation,
  location: KeyLocation | undefined,
): void {
  const { decision, steps, agentId, trust, assumptions, remedies } = explanation;
  const effects = {
    allow: 'green',
    ask: 'yellow',
    pair: 'cyan',
    ignore: 'red',
    deny: 'red',
  } as const;
  out.line(styled(effects[decision.effect], decision.effect), `  ${decision.code}`);
  out.line(`  ${decision.reason}`);
  out.line(`  Decided by ${sourceOf(decision.path, location)}.`);
  const goes = agentId === undefined ? '' : ` The message goes to agent ${agentId}.`;
  out.line(`  The sender counts as ${trust}.${goes}`);
  out.line();
  out.table(
    ['GATE', 'OUTCOME', 'CODE'],
    steps.map(({ gate, outcome, decision: made }) => [
      gate,
      styled(STYLES[outcome], outcome),
      made?.code ?? '',
    ]),
  );
  for (const each of assumptions) out.line(`Taken for granted: ${each}`);
  const others = otherWays(explanation, question);
  if (remedies.length + others.length === 0) return;
  out.line();
  out.line('For another outcome, one of:');
  for (const each of others) out.line(`  - ${each}`);
  for (const { edits, result } of remedies) {
    out.line(`  - ${edits.map(wordsOf).join(', then ')}  ->  ${result.effect} ${result.code}`);
  }
}

/** `openclaw policy explain`. */
export const explainPolicy: CommandHandler = async (invocation) => {
  const { input, out, json, context } = invocation;
  const config = configToAsk(invocation, input.text('config'));
  const question = questionOf(invocation, config);
  const explanation = explain(config.value, question, {
    ...hostFacts(context.paths),
    ...served(config, question.tool),
  });
  const location = locate(config, explanation.decision.path);
  if (!json) {
    print(invocation, question, explanation, location);
    return;
  }
  const remedies = explanation.remedies.map(({ edits, result }) => ({
    edits: edits.map((edit) => ({ ...edit, path: formatPath(edit.path), says: wordsOf(edit) })),
    result,
  }));
  const also = otherWays(explanation, question);
  out.json({ ok: true, ...explanation, remedies, also, ...(location && { location }) });
};
