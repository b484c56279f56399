/**
 * What a start has to know of the machine before it chooses an address.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** The facts of a machine. */
export interface Machine {
  /** Whether this process runs in a container. */
  readonly container: boolean;
  /** This machine's IPv4 address in its tailnet; undefined when it has none. */
  readonly tailnetAddress: string | undefined;
}

/** Files that container engines put into every container. */
const MARKERS = ['/.dockerenv', '/run/.containerenv', '/var/run/.containerenv'];

/** How control groups of container engines are called. */
const CONTAINER_GROUP = /(?:docker|kubepods|containerd|libpod|lxc)/u;

/** The interface of Tailscale, per platform: other networks give out addresses of its range too. */
const TAILNET_INTERFACE: Readonly<Record<string, RegExp>> = {
  linux: /^tailscale\d*$/u,
  darwin: /^utun\d+$/u,
  win32: /^Tailscale$/u,
};

/** Looks at the machine this process runs on. */
export function thisMachine(): Machine {
  return { container: isContainer(), tailnetAddress: tailnetAddress(networkInterfaces()) };
}

function isContainer(): boolean {
  if (MARKERS.some((path) => existsSync(path))) return true;
  try {
    return CONTAINER_GROUP.test(readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * The address of the tailnet among those of all interfaces: one in 100.64.0.0/10 on the interface
 * that Tailscale makes. Providers use the same range for their customers, so the range alone says
 * nothing.
 */
export function tailnetAddress(
  interfaces: ReturnType<typeof networkInterfaces>,
  platform: string = process.platform,
): string | undefined {
  const isTailnet = TAILNET_INTERFACE[platform];
  if (isTailnet === undefined) return undefined;
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (!isTailnet.test(name)) continue;
    for (const { family, address } of addresses ?? []) {
      const [first, second = 0] = address.split('.').map(Number);
      if (family === 'IPv4' && first === 100 && second >= 64 && second < 128) return address;
    }
  }
  return undefined;
}
