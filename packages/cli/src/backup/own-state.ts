/**
 * Keeps gateways away from a state directory while it is exchanged.
 *
 * @module
 */
import { existsSync } from 'node:fs';

import type { StatePaths } from '@portcullis/gateway/config';
import { lockDirectory } from '@portcullis/store-sqlite';

/**
 * Becomes the owner of the state directory, and returns how to give it up.
 *
 * @throws PortcullisError `store.locked`, naming the process of the gateway that runs on it.
 */
export function ownState({ stateDbDir }: StatePaths): () => void {
  // Without a database there is nothing that a gateway could have open.
  if (!existsSync(stateDbDir)) return () => undefined;
  return lockDirectory(stateDbDir).release;
}
