/**
 * `openclaw agents bind|unbind`: which agent answers where.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigEdit, type ConfigObject, formatPath } from '@portcullis/gateway/config';

import { isMatch, readMatches } from '../../agents/match.ts';
import { type Roster, type RosterBinding, findAgent } from '../../agents/roster.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type Change, changeConfig, printOutcome } from '../config/change.ts';
import { rosterOf } from './list.ts';

/** Adds bindings behind those there are. */
export function appendBindings(
  { bindings }: Roster,
  agentId: string,
  matches: readonly ConfigObject[],
): readonly ConfigEdit[] {
  if (matches.length === 0) return [];
  const added = matches.map((match) => ({ agentId, match }));
  if (bindings.length === 0) return [{ path: 'bindings', value: added }];
  return added.map((value, index) => ({
    path: formatPath(['bindings', bindings.length + index]),
    value,
  }));
}

/** Removes bindings, the last one first so that the places of the others stay. */
export function removeBindings(gone: readonly RosterBinding[]): readonly ConfigEdit[] {
  return gone
    .toSorted((a, b) => b.index - a.index)
    .map(({ index }) => ({ path: formatPath(['bindings', index]) }));
}

function wordsOf(matches: readonly ConfigObject[]): readonly string[] {
  return matches.map(({ channel, accountId }) =>
    [channel, accountId]
      .filter((each) => each !== undefined)
      .map(String)
      .join(':'),
  );
}

function report(
  { out, json, input }: Invocation,
  change: Change,
  told: { readonly agentId: string; readonly changed: readonly string[]; readonly done: string },
): void {
  if (json) {
    const { agentId, changed: bindings } = told;
    out.json({ ok: true, agentId, bindings, ...change });
    return;
  }
  if (change.changed) out.line(told.done);
  else if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line('Everything is as it should be already.');
  printOutcome({ out }, change);
}

function requireBind({ input }: Invocation): readonly ConfigObject[] {
  const bind = input.text('bind');
  if (bind !== undefined) return readMatches(bind);
  throw new PortcullisError('usage.missing', 'Where is not said.', {
    hint: 'Add --bind <channel>[:<account>], such as --bind telegram:work.',
  });
}

/** `openclaw agents bind`. */
export const bindAgent: CommandHandler = async (invocation) => {
  const roster = rosterOf(invocation);
  const { id } = findAgent(roster, invocation.input.text('agent'));
  const wanted = requireBind(invocation);
  const taken = roster.bindings.find(
    ({ agentId, match }) => agentId !== id && wanted.some((each) => isMatch(match, each)),
  );
  if (taken !== undefined) {
    throw new PortcullisError('agent.bound', `${taken.what} is bound to ${taken.agentId}.`, {
      hint: `Take that back first: openclaw agents unbind --agent ${taken.agentId} --bind ${taken.what}`,
    });
  }
  const fresh = wanted.filter((each) => !roster.bindings.some(({ match }) => isMatch(match, each)));
  const edits = appendBindings(roster, id, fresh);
  const change = await changeConfig(invocation, edits);
  const words = wordsOf(fresh);
  const done = `${id} answers on ${words.join(', ')}.`;
  report(invocation, change, { agentId: id, changed: words, done });
};

/** `openclaw agents unbind`. */
export const unbindAgent: CommandHandler = async (invocation) => {
  const { input } = invocation;
  const roster = rosterOf(invocation);
  const { id } = findAgent(roster, input.text('agent'));
  const own = roster.bindings.filter(({ agentId }) => agentId === id);
  const wanted = input.flag('all') ? undefined : requireBind(invocation);
  const gone =
    wanted === undefined
      ? own
      : own.filter(({ match }) => wanted.some((each) => isMatch(match, each)));
  const missing = wordsOf(
    (wanted ?? []).filter((each) => !gone.some(({ match }) => isMatch(match, each))),
  );
  if (missing.length > 0) {
    throw new PortcullisError('agent.not_bound', `${missing.join(', ')} is not bound to ${id}.`, {
      hint: `openclaw agents bindings --agent ${id} shows what is.`,
    });
  }
  const change = await changeConfig(invocation, removeBindings(gone));
  const words = gone.map(({ what }) => what);
  const done = `${id} no longer answers on ${words.join(', ')}.`;
  report(invocation, change, { agentId: id, changed: words, done });
};
