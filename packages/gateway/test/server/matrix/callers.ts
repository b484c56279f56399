/** Callers that are no operators' programs. */
import { expect } from 'vitest';

import { type Bench, connectDevice, makeRawDevice, openAuthed, type Raw } from '../clients.ts';
import { TOKEN } from '../fake-services.ts';

const NODE = {
  role: 'node',
  client: { id: 'node-host', version: '1', platform: 'linux', mode: 'node' },
  scopes: [],
};

/** A device in the role of a node, let in by an admin. Both come by the shared `token`. */
export async function pairNode(
  bench: Pick<Bench, 'url' | 'onClose'>,
  token: string = TOKEN,
): Promise<{ connect(): Promise<Raw> }> {
  const device = makeRawDevice();
  const change = { ...NODE, auth: { token } };
  const { answer } = await connectDevice(bench, device, change);
  const requestId = answer.error?.details?.['requestId'];
  if (answer.ok !== true) {
    const admin = await openAuthed(bench, { auth: { token } });
    expect((await admin.request('device.pair.approve', { requestId })).error).toBeUndefined();
    admin.socket.terminate();
  }
  return {
    connect: async () => {
      const raw = await connectDevice(bench, device, change);
      expect(raw.answer.error).toBeUndefined();
      return raw;
    },
  };
}
