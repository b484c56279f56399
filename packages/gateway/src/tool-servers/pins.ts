/**
 * What the owner accepted of each server: its tools exactly as they were described then. The agent
 * is offered these descriptions and no others, and only while the server still has them.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Table, type Tx, canonicalJson, defineTable } from '@portcullis/core';

import type { Definition, ListedTool } from './listing.ts';
import type { ServerSettings } from './settings.ts';

/** A tool as it was accepted. */
export interface PinnedTool extends Definition {
  readonly name: string;
  readonly hash: string;
  /** It is known, and cannot be offered. */
  readonly fault?: string;
}

/** What was accepted of one server, by its principal. */
export interface PinRow {
  /** Which program or URL was accepted: another one starts with nothing. */
  readonly identity: string;
  readonly tools: readonly PinnedTool[];
  readonly acceptedAt: number;
  /** Who accepted. */
  readonly acceptedBy: string;
}

/** Accepted tools. */
export const toolPinsTable: Table<PinRow> = defineTable<PinRow>('tool_pins');

/** How a tool stands to what was accepted. */
export type Standing = 'accepted' | 'new' | 'changed';

/** Hex SHA-256 over what is started or reached. */
export function identityOf({ program, web }: ServerSettings): string {
  const whole =
    program === undefined
      ? { url: web?.url ?? '' }
      : { command: program.command, args: program.args, cwd: program.cwd ?? '' };
  return createHash('sha256').update(canonicalJson(whole), 'utf8').digest('hex');
}

/** What was accepted of this very server. */
export async function readPins(tx: Tx, settings: ServerSettings): Promise<PinRow | undefined> {
  const row = await tx.get(toolPinsTable, settings.principal);
  return row?.identity === identityOf(settings) ? row : undefined;
}

/** The row that accepts what is listed. */
export function acceptance(
  settings: ServerSettings,
  listed: readonly ListedTool[],
  by: { readonly at: number; readonly id: string },
): PinRow {
  return {
    identity: identityOf(settings),
    tools: [...listed],
    acceptedAt: by.at,
    acceptedBy: by.id,
  };
}

/** How a listed tool stands to what was accepted. */
export function standingOf(pins: PinRow | undefined, tool: ListedTool): Standing {
  const pin = pins?.tools.find(({ name }) => name === tool.name);
  if (pin === undefined) return 'new';
  return pin.hash === tool.hash ? 'accepted' : 'changed';
}

/** Names a whole list in exactly one shape: what the owner's answer is bound to. */
export function digestOfList(settings: ServerSettings, listed: readonly ListedTool[]): string {
  const whole = { identity: identityOf(settings), tools: listed.map(({ hash }) => hash) };
  return createHash('sha256').update(canonicalJson(whole), 'utf8').digest('hex');
}
