/**
 * Whether a room message addresses the agent.
 *
 * Addressing never authorises: this gate runs after the sender and the command were accepted.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { lazily, Memo } from '../config/memo.ts';
import {
  type Section,
  byDefault,
  firstSetting,
  rootSection,
  toSection,
  within,
} from '../config/shape.ts';
import { type Pattern, compilePattern, compileWord } from '../pattern/pattern.ts';
import { InvalidSetting, asChoice, asFlag, asList } from '../setting.ts';
import { agentSection, defaultAgent } from '../config/agents.ts';
import { verdict } from './reasons.ts';
import { type Scope, type ScopeSections, accountSetting, fact, layeredSetting } from './scope.ts';
import { idText } from '../identity/sender.ts';

const readPatterns = defineKeeping(() => new Memo<readonly Pattern[]>());

/** What the config says about addressing the agent in one place. */
export interface MentionRules {
  /** Whether a mention is asked for, and the path that says so. */
  readonly required: () => Required;
  /** Whether every message passes, whomever it addresses. */
  readonly open: () => boolean;
  /** Whether a message that addresses somebody else is ignored where no mention is asked for. */
  readonly ignoreOthers: () => boolean;
}

interface Required {
  readonly required: boolean;
  readonly path: string;
}

/** What the mention gate looks at. */
export interface MentionFacts {
  readonly rules: MentionRules;
  readonly peerId: string | undefined;
  readonly agentId: string | undefined;
  readonly activation: 'always' | 'mention' | undefined;
  readonly text: string;
  readonly facts: unknown;
  /** An authorised control command in a room where text commands are on may do without a mention. */
  readonly mayBypass: () => boolean;
}

/** The rules of a place: those of the room's `layers` (narrow first), the account, the channel. */
export function mentionRules(
  scope: ScopeSections,
  layers: readonly (Section | undefined)[],
): MentionRules {
  const read = (key: string) =>
    firstSetting([...layers, scope.accountSection, scope.channelSection], key);
  const required = lazily(() => {
    const setting = read('requireMention');
    const flag = setting === undefined ? undefined : asFlag(setting);
    return setting === undefined || flag === undefined
      ? { required: true, path: byDefault(`${scope.channelSection.path}.requireMention`) }
      : { required: flag, path: setting.path };
  });
  const ignoreOthers = lazily(() => {
    const setting = read('ignoreOtherMentions');
    return setting !== undefined && asFlag(setting) === true;
  });
  return { required, ignoreOthers, open: lazily(() => !required().required && !ignoreOthers()) };
}

/** Undefined when the message passes; else the decision that ends it, a bypass included. */
export function mentionGate(scope: Scope, input: MentionFacts): Decision | undefined {
  const { required, path } =
    input.activation === undefined
      ? input.rules.required()
      : { required: input.activation === 'mention', path: 'state.activation' };
  const mentionsOthers = fact(input.facts, 'mentionsOthers', false, true);
  if (!required) {
    const passes = !input.rules.ignoreOthers() || !mentionsOthers || isMentioned(scope, input);
    return passes
      ? undefined
      : verdict.ignore('group.mention.other', `${scope.channelSection.path}.ignoreOtherMentions`);
  }
  if (isMentioned(scope, input)) return undefined;
  if (!mentionsOthers && input.mayBypass()) return verdict.allow('group.command_bypass', path);
  const obligations = { obligations: ['store_context'] };
  return fact(input.facts, 'canDetectMention', true, false)
    ? verdict.ignore('group.mention.required', path, obligations)
    : verdict.ignore('group.mention.undetectable', path, obligations);
}

function isMentioned(scope: Scope, input: MentionFacts): boolean {
  return (
    fact(input.facts, 'nativeMention', false, false) ||
    isImplicitMention(scope, input.facts) ||
    matchesPattern(scope, input)
  );
}

/** The input fact of each implicit mention, and the setting that switches it off. */
const IMPLICIT_MENTIONS = [
  ['replyToBot', 'replyToBot'],
  ['quotedBot', 'quotedBot'],
  ['botInThread', 'threadParticipation'],
] as const;

function isImplicitMention(scope: Scope, facts: unknown): boolean {
  return IMPLICIT_MENTIONS.some(([name, key]) => {
    if (!fact(facts, name, false, false)) return false;
    const setting = layeredSetting(scope, 'implicitMentions', key);
    return setting === undefined || asFlag(setting) !== false;
  });
}

function matchesPattern(scope: Scope, input: MentionFacts): boolean {
  if (input.text === '' || !patternsApply(scope, input.peerId)) return false;
  const patterns = mentionPatterns(scope.config, input.agentId);
  if (patterns.length === 0) return false;
  const text = readable(input.text);
  return patterns.some((pattern) => pattern.test(text));
}

/** `mentionPatterns: { mode, allowIn, denyIn }`: where patterns count. `denyIn` wins. */
function patternsApply(scope: Scope, peerId: string | undefined): boolean {
  const setting = accountSetting(scope, 'mentionPatterns');
  const section = setting === undefined ? undefined : toSection(setting);
  if (section === undefined) return true;
  const mode = asChoice(within(section, 'mode'), ['allow', 'deny']) ?? 'allow';
  const names = (key: string) =>
    peerId !== undefined &&
    (asList(within(section, key)) ?? []).some((entry) => idText(entry)?.trim() === peerId);
  if (names('denyIn')) return false;
  return mode === 'allow' || names('allowIn');
}

const LONGEST_TEXT = 4096;
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f]/gu;

/** Text as a reader sees it, and no more of it than a mention needs. */
function readable(text: string): string {
  return text.replaceAll(INVISIBLE, '').slice(0, LONGEST_TEXT);
}

/**
 * The patterns that address `agentId` (the default agent when undefined): the agent's own, else
 * those for all agents, else its name. A pattern that is not in the language or that repeats a
 * repetition is left out.
 */
export function mentionPatterns(
  config: CompiledConfig,
  agentId: string | undefined,
): readonly Pattern[] {
  const root = rootSection(config);
  const id = agentId ?? defaultAgent(config)?.id;
  const agent = id === undefined ? undefined : agentSection(config, id);
  const own = agent === undefined ? undefined : within(agent, 'groupChat', 'mentionPatterns');
  const setting =
    own?.value === undefined ? within(root, 'messages', 'groupChat', 'mentionPatterns') : own;
  const sources = asList(setting);
  if (sources !== undefined) {
    return kept(config, readPatterns).get(sources, 'mention', () => sources.flatMap(readPattern));
  }
  return agent === undefined ? [] : namePatterns(config, agent);
}

function readPattern(source: unknown): readonly Pattern[] {
  if (typeof source !== 'string' || source === '') return [];
  const pattern = compilePattern(source, { ignoreCase: true });
  return pattern === undefined || pattern.nested ? [] : [pattern];
}

function namePatterns(config: CompiledConfig, agent: Section): readonly Pattern[] {
  const name = within(agent, 'identity', 'name');
  if (name.value === undefined || agent.value === undefined) return [];
  if (typeof name.value !== 'string') throw new InvalidSetting(name.path);
  const word = name.value;
  return kept(config, readPatterns).get(agent.value, 'name', () => {
    const pattern = compileWord(word);
    return pattern === undefined ? [] : [pattern];
  });
}
