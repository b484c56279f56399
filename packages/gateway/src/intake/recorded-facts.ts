/**
 * What the audit log keeps of an event so that it can be decided again under another config: ids and
 * flags. Never a text, and no name but that of a command.
 *
 * @module
 */
import type { Event, EventFacts, Json } from '@portcullis/core';
import type { AdmitState } from '@portcullis/policy';

/** A command as a person would define one; anything else is text. */
const COMMAND = /^\/?[a-z][a-z0-9_-]{0,31}$/i;
/** Most roles that are kept. */
const MOST_ROLES = 50;

/** The facts of `event` beside those that every line has. */
export function recordedFacts(
  event: Event,
  principal: string,
  state: AdmitState,
): Readonly<Record<string, Json>> {
  const { conversation, sender, command, facts, origin } = event;
  const { topicId, threadId, parentId, guildId, teamId } = conversation;
  const roles = sender.roles?.slice(0, MOST_ROLES);
  const given = present({
    topicId,
    threadId,
    parentId,
    guildId,
    teamId,
    isBot: sender.isBot,
    isSelf: sender.isSelf,
    roles: roles === undefined ? undefined : [...roles],
    facts: facts === undefined ? undefined : flags(facts),
    scopes: origin?.scopes === undefined ? undefined : [...origin.scopes],
    paired: isPaired(event, principal, state) ? true : undefined,
    state: recordedState(state),
  });
  const isName = command !== undefined && COMMAND.test(command.name);
  return isName ? { given, command: command.name } : { given };
}

/** Flags of the state; the pairing store is told by whether it holds the sender. */
function recordedState(state: AdmitState): Json | undefined {
  const { activation, botLoopSuppressed, originalAdmittedUnanswered, buttonBound } = state;
  const { hookVerified, creatorStillAllowed, creatorTrust, parentTrust } = state;
  const kept = present({
    hookVerified,
    creatorStillAllowed,
    creatorTrust,
    parentTrust,
    activation,
    botLoopSuppressed: botLoopSuppressed === true ? true : undefined,
    originalAdmittedUnanswered,
    buttonBound,
  });
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function isPaired(event: Event, principal: string, { paired }: AdmitState): boolean {
  const id = principal.slice(event.conversation.channel.length + 1);
  // Ids of the store are canonical, as those of principals are.
  return paired instanceof Set ? paired.has(id) : Array.isArray(paired) && paired.includes(id);
}

/** Facts are yes or no; whatever else a channel may have put there is not kept. */
function flags(facts: EventFacts): Record<string, Json> {
  const entries = Object.entries(facts).filter(([, value]) => typeof value === 'boolean');
  return Object.fromEntries(entries) as Record<string, Json>;
}

function present(fields: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  const entries = Object.entries(fields).filter((each) => each[1] !== undefined);
  return Object.fromEntries(entries) as Record<string, Json>;
}
