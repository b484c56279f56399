/**
 * The owner that pairing made, as the config names him.
 *
 * @module
 */
import { getPath } from '../config/index.ts';
import type { ConfigChanges } from './changes.ts';

const KEY = 'commands.ownerAllowFrom';

/** Adds an entry to `commands.ownerAllowFrom`, unless it is there. Throws what a change throws. */
export async function addOwner(changes: ConfigChanges, entry: string): Promise<void> {
  const listed = getPath(changes.state().file.parsed, KEY);
  const owners = Array.isArray(listed) ? listed : [];
  if (owners.includes(entry)) return;
  const edit = { path: KEY, value: [...owners, entry] };
  await changes.decide('pairing', edit, `${entry} was approved as the owner`);
}
