/**
 * Opens the ways in that the config asks for, in their order: certificate and tailnet, the port,
 * what is published of it, and the note by which commands find it.
 *
 * @module
 */
import type { LoadedConfig, StatePaths } from '../config/index.ts';
import { Exposure } from '../exposure/exposure.ts';
import { type GatewayAddress, writeAddress } from '../local/address.ts';
import type { Bind } from '../local/bind.ts';
import type { GatewayLog } from '../log/log.ts';
import { type Server, type ServerOptions, createServer } from '../server/index.ts';
import type { Place } from './place.ts';

/** Opens what has to be there before the port. Rejects with `gateway.tls.*`, `gateway.tailscale.*`. */
export function openExposure(
  { paths, version, env }: Place,
  config: LoadedConfig,
  { bindHost, exposed }: Bind,
  log: GatewayLog,
): Promise<Exposure> {
  return Exposure.open({ config: config.value, bindHost, exposed, paths, version, env, log });
}

/** Opens the port and publishes it. What cannot be published is not served either. */
export async function serve(
  exposure: Exposure,
  options: Omit<ServerOptions, 'tls' | 'tailnet'>,
): Promise<Server> {
  const { tls, tailnet } = exposure;
  const server = await createServer({ ...options, tls, tailnet });
  try {
    await exposure.publish(server);
  } catch (error) {
    await server.close(0);
    throw error;
  }
  return server;
}

/** Notes where the gateway listens, and again whenever it shows another certificate. */
export function keepAddress(
  paths: StatePaths,
  exposure: Exposure,
  address: Pick<GatewayAddress, 'host' | 'port' | 'key'>,
): void {
  const note = (): void => {
    const { tls, tailscale, mdns } = exposure.report();
    writeAddress(paths, { ...address, tls: tls?.fingerprint, tailscale, mdns });
  };
  note();
  exposure.tls?.onChange(note);
}
