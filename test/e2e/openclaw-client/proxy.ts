/**
 * A reverse proxy that says, as honest ones do, whom it speaks for: what comes through it comes from
 * afar.
 */
import { type AddressInfo, connect, createServer } from 'node:net';

/** Where the proxy speaks from: another address of this machine than its direct clients. */
export const PROXY = '127.0.0.2';

/** A running proxy. */
export interface Proxy {
  readonly url: string;
  close(): void;
}

/** Puts a proxy in front of a gateway; its clients come from `address`. */
export async function proxyTo(gatewayUrl: string, address: string): Promise<Proxy> {
  const { port: gatewayPort } = new URL(gatewayUrl);
  const server = createServer((client) => {
    const gateway = connect({ port: Number(gatewayPort), host: '127.0.0.1', localAddress: PROXY });
    const close = (): void => {
      client.destroy();
      gateway.destroy();
    };
    for (const end of [client, gateway]) end.on('error', close).on('close', close);
    // The head of the request comes in one piece over loopback.
    client.once('data', (head) => {
      const text = head.toString('latin1');
      const named = text
        .replace(/^host: .*$/imu, `Host: 127.0.0.1:${gatewayPort}`)
        .replace('\r\n', `\r\nX-Forwarded-For: ${address}\r\n`);
      gateway.write(named, 'latin1');
      client.pipe(gateway);
    });
    gateway.pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, close: () => server.close() };
}
