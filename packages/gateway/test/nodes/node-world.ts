/** A gateway with its server, operators and nodes that do what the test says. */
import { type Harness, openHarness } from '../pipeline/harness.ts';
import {
  connectDevice,
  type Device,
  type Frame,
  makeRawDevice,
  openAuthed,
  type Raw,
} from '../server/clients.ts';
import { TOKEN } from '../server/fake-services.ts';
import { createServer, type Server } from '../../src/server/index.ts';

/** A node that is connected. */
export interface ConnectedNode extends Raw {
  readonly id: string;
  readonly device: Device;
  /** The next command it is asked for. */
  asked(): Promise<Asked>;
  /** Answers a command. */
  reply(asked: Pick<Asked, 'id'>, payload: unknown): Promise<Frame>;
}

/** A command as a node hears of it. */
export interface Asked {
  readonly id: string;
  readonly nodeId: string;
  readonly command: string;
  readonly paramsJSON?: string;
  readonly timeoutMs: number;
  readonly idempotencyKey: string;
}

/** What a node offers when a test does not say. */
export const OFFERED: readonly string[] = ['system.run', 'system.run.prepare', 'system.which'];

/** Config of a gateway that lets its nodes be asked for everything they offer. */
export const OPEN: Readonly<Record<string, unknown>> = {
  commands: { allow: ['system.run', 'system.which', 'camera.snap'] },
};

/** Everything around a gateway with nodes. */
export class NodeWorld {
  harness: Harness;
  #server: Server;
  #closers: (() => void)[] = [];

  private constructor(harness: Harness, server: Server) {
    this.harness = harness;
    this.#server = server;
  }

  static async open(
    nodes: Readonly<Record<string, unknown>> = OPEN,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<NodeWorld> {
    const harness = await openHarness({
      config: {
        gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN }, nodes },
        ...more,
      },
    });
    return new NodeWorld(harness, await serve(harness));
  }

  /** Puts a server before a gateway that runs already. */
  static async over(harness: Harness): Promise<NodeWorld> {
    return new NodeWorld(harness, await serve(harness));
  }

  get url(): string {
    return `ws://127.0.0.1:${String(this.#server.port)}`;
  }

  readonly onClose = (work: () => void): void => {
    this.#closers.push(work);
  };

  /** An operator with these scopes. */
  operator(scopes: readonly string[] = ['operator.admin']): Promise<Raw> {
    return openAuthed(this, { scopes: [...scopes] });
  }

  /** Connects a device as a node; `undefined` while it waits to be paired. */
  async knock(
    device: Device,
    commands: readonly string[] = OFFERED,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly requestId?: string; readonly node?: ConnectedNode }> {
    const raw = await connectDevice(this, device, {
      role: 'node',
      client: {
        id: 'node-host',
        version: '1',
        platform: 'linux',
        mode: 'node',
        displayName: 'A machine',
      },
      scopes: [],
      caps: ['system'],
      commands: [...commands],
      ...more,
    });
    if (raw.answer.ok === true) return { node: asNode(raw, device) };
    const requestId = raw.answer.error?.details?.['requestId'];
    return typeof requestId === 'string' ? { requestId } : {};
  }

  /** A device that an admin paired as a node, connected, what it offers not yet approved. */
  async paired(commands: readonly string[] = OFFERED): Promise<ConnectedNode> {
    const device = makeRawDevice();
    const { requestId } = await this.knock(device, commands);
    const admin = await this.operator();
    await must(admin, 'device.pair.approve', { requestId });
    admin.socket.terminate();
    return await this.back(device, commands);
  }

  /** The same device again. */
  async back(device: Device, commands: readonly string[] = OFFERED): Promise<ConnectedNode> {
    const { node } = await this.knock(device, commands);
    if (node === undefined) throw new Error('the node was not let in');
    const admin = await this.operator();
    // It is served once the room of the nodes knows it.
    for (;;) {
      const { nodes } = await must<{ nodes: { nodeId: string; connected: boolean }[] }>(
        admin,
        'node.list',
      );
      if (nodes.some(({ nodeId, connected }) => nodeId === device.id && connected)) break;
    }
    admin.socket.terminate();
    return node;
  }

  /** A node with everything it offers approved. */
  async approved(commands: readonly string[] = OFFERED): Promise<ConnectedNode> {
    const node = await this.paired(commands);
    const admin = await this.operator();
    await must(admin, 'node.pair.approve', { requestId: await this.requestOf(node.id) });
    admin.socket.terminate();
    return node;
  }

  /** The request of a node that waits. */
  async requestOf(nodeId: string): Promise<string> {
    const pending = await this.harness.gateway.services.nodes.pending();
    return pending.find((request) => request.nodeId === nodeId)?.requestId ?? '';
  }

  /** Stops the gateway and starts another on the same state. */
  async restart(port = 0): Promise<void> {
    await this.#server.close(100);
    this.harness = await this.harness.restart();
    this.#server = await serve(this.harness, port);
  }

  async codes(): Promise<readonly unknown[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines.map(({ entry }) => entry['code']);
  }

  async close(): Promise<void> {
    for (const work of this.#closers) work();
    await this.#server.close(100);
    await this.harness.close();
  }
}

function serve({ gateway: { services } }: Harness, port = 0): Promise<Server> {
  return createServer({ services, host: '127.0.0.1', port });
}

function asNode(raw: Raw, device: Device): ConnectedNode {
  const heard = new Set<string>();
  return {
    ...raw,
    id: device.id,
    device,
    asked: async () => {
      const frame = await raw.next(
        ({ event, payload }) =>
          event === 'node.invoke.request' && !heard.has(String(payload?.['id'])),
      );
      const asked = frame.payload as unknown as Asked;
      heard.add(asked.id);
      return asked;
    },
    reply: ({ id }, payload) =>
      raw.request('node.invoke.result', {
        id,
        nodeId: device.id,
        ok: true,
        payloadJSON: JSON.stringify(payload),
      }),
  };
}

/** The result of a call that must succeed. */
export async function must<T = Record<string, unknown>>(
  raw: Raw,
  method: string,
  params?: unknown,
): Promise<T> {
  const { payload, error } = await raw.request(method, params);
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return payload as T;
}
