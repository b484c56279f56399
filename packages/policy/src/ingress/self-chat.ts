/**
 * Accounts that are the number of a person, where only the chat with himself is for the agent.
 *
 * @module
 */
import { type Setting, asFlag } from '../setting.ts';
import { type Scope, accountSetting } from './scope.ts';

/** The setting that makes the account of `scope` one; undefined where none does. */
export function selfChatMode(scope: Scope): Setting | undefined {
  if (scope.channel !== 'whatsapp') return undefined;
  const mode = accountSetting(scope, 'selfChatMode');
  return mode !== undefined && asFlag(mode) === true ? mode : undefined;
}
