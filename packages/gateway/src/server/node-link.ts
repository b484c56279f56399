/**
 * A connection of role `node`, as the room of the nodes knows it.
 *
 * @module
 */
import { CLOSE, type ConnectParams } from '@portcullis/protocol';

import type { NodeIntroduction, NodeLink } from '../services.ts';
import type { Connection } from './connection.ts';

/** The link of a connection. Nothing but this connection hears what is sent over it. */
export function nodeLinkOf(connection: Connection, pairedAtMs: number): NodeLink {
  const { id, deviceId = '' } = connection.facts;
  return {
    id,
    nodeId: deviceId,
    pairedAtMs,
    get isOpen() {
      return !connection.closed;
    },
    send: (call) => connection.sendEvent('node.invoke.request', JSON.stringify(call)),
    cancel: (callId) => {
      const payload = JSON.stringify({ id: callId, nodeId: deviceId });
      connection.sendEvent('node.invoke.cancel', payload);
    },
    close: (reason) => connection.close(CLOSE.revoked, reason),
  };
}

/** What a node said of itself when it connected. */
export function introductionOf({ client, caps, commands }: ConnectParams): NodeIntroduction {
  const { displayName, deviceFamily, platform, version, id, mode } = client;
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
    platform,
    version,
    clientId: id,
    clientMode: mode,
    caps: caps ?? [],
    commands: commands ?? [],
  };
}
