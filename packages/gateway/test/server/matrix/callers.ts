/** Callers that are no operators' programs. */
import { expect } from 'vitest';

import { type Bench, connectDevice, makeRawDevice, openAuthed, type Raw } from '../clients.ts';

const NODE = {
  role: 'node',
  client: { id: 'node-host', version: '1', platform: 'linux', mode: 'node' },
  scopes: [],
};

/** A device in the role of a node, let in by an admin. */
export async function pairNode(bench: Bench): Promise<{ connect(): Promise<Raw> }> {
  const device = makeRawDevice();
  const { answer } = await connectDevice(bench, device, NODE);
  const requestId = answer.error?.details?.['requestId'];
  if (answer.ok !== true) {
    const admin = await openAuthed(bench);
    expect((await admin.request('device.pair.approve', { requestId })).error).toBeUndefined();
    admin.socket.terminate();
  }
  return {
    connect: async () => {
      const raw = await connectDevice(bench, device, NODE);
      expect(raw.answer.error).toBeUndefined();
      return raw;
    },
  };
}
