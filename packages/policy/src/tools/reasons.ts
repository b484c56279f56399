/**
 * The codes of tool policy, each with its one sentence.
 *
 * @module
 */
import { type Verdicts, verdictsFrom } from '../verdict.ts';

/** Code to sentence, for tools. */
export const toolReasons = {
  'tool.allowed': 'Every layer of the tool policy lets this tool through.',
  'tool.list': 'These are the tools every layer lets through.',
  'tool.unknown': 'No tool has this name.',
  'tool.owner_only': 'This tool is for the owner.',
  'tool.deny.global': 'The tool is on the deny list.',
  'tool.deny.provider': 'The tool is on the deny list for this model provider.',
  'tool.deny.agent': 'The tool is on the deny list of this agent.',
  'tool.deny.agent_provider': 'The tool is on the deny list of this agent for this provider.',
  'tool.deny.room': 'The tool is on the deny list of this conversation.',
  'tool.deny.sender': 'The tool is on the deny list for this sender.',
  'tool.deny.sandbox': 'The tool is not available inside the sandbox.',
  'tool.deny.subagent': 'The tool is not available to sub-agents.',
  'tool.deny.http': 'The tool is on the deny list for callers from outside.',
  'tool.deny.http_withheld':
    'The tool is not for callers from outside unless gateway.tools.allow names it.',
  'tool.profile.not_included': 'The tool is not part of the profile.',
  'tool.provider_profile.not_included': 'The tool is not part of the profile of this provider.',
  'tool.allow.global_miss': 'The tool is not on the allow list.',
  'tool.allow.provider_miss': 'The tool is not on the allow list for this model provider.',
  'tool.allow.agent_miss': 'The tool is not on the allow list of this agent.',
  'tool.allow.agent_provider_miss':
    'The tool is not on the allow list of this agent for this provider.',
  'tool.allow.room_miss': 'The tool is not on the allow list of this conversation.',
  'tool.allow.sender_miss': 'The tool is not on the allow list for this sender.',
  'tool.allow.sandbox_miss': 'The tool is not on the allow list of the sandbox.',
  'tool.allow.subagent_miss': 'The tool is not on the allow list of sub-agents.',
  'tool.subagent.exceeds_parent': 'The parent of this sub-agent does not have the tool itself.',
  'tool.switched_off': 'The tool is switched off in its settings.',
  'tool.exec.security_deny': 'Running commands is switched off.',
  'tool.browser.readonly': 'The browser may only be looked at here, not operated.',
  'tool.message.reply_only': 'Messages may only go to the current conversation.',
} as const;

/** A code of this area. */
export type ToolCode = keyof typeof toolReasons;

/** Decisions of this area. */
export const verdict: Verdicts<ToolCode> = verdictsFrom(toolReasons);
