/**
 * The numbers of the wire: protocol version, sizes, times and close codes.
 *
 * @module
 */

/** The protocol version this gateway speaks. */
export const PROTOCOL_VERSION = 4;

/** The oldest version a probe (or a node host) may offer. */
export const MIN_PROBE_PROTOCOL_VERSION = 3;

/** Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  /** Largest frame before hello-ok. A larger one closes the socket with 1009, unparsed. */
  preauthPayload: 65_536,
  /** Largest frame after hello-ok. */
  payload: 26_214_400,
  /** Bytes that may wait for a client that does not read before it is cut off. */
  buffered: 52_428_800,
  /** The same over all clients: those furthest behind are cut off first. */
  bufferedInAll: 536_870_912,
  /** Between two `tick` events. */
  tickInterval: 30_000,
  /** From the upgrade to hello-ok. */
  handshake: 15_000,
  /** Frames that may wait while the `connect` request is being judged. */
  handshakeFrames: 15,
  /** Clients that may be connected and authenticated at once. */
  connections: 12_288,
  /** Connections of any kind that have not authenticated, over all clients, and of one address. */
  strangers: 4096,
  strangersPerClient: 1024,
  /** Handshakes that may fail, over all clients: at once, and in every second after. */
  handshakeBurst: 4096,
  handshakesPerSecond: 2000,
  /**
   * The same, kept for addresses at which a paired device proved itself within a day, for when the
   * common ones are used up.
   */
  handshakeReserve: 512,
  handshakeReservePerSecond: 256,
  /** The same, from one client address. */
  handshakeBurstPerClient: 1024,
  handshakesPerSecondPerClient: 500,
  /** Sockets that may be between upgrade and hello-ok, over all clients. */
  pendingConnections: 2048,
  /** How many more, for such addresses of paired devices. */
  pendingReserve: 256,
  /** The same, from one client address. */
  pendingConnectionsPerClient: 512,
  /** Requests that may be in work at once, over all clients, and the bytes they came in. */
  queuedRequests: 256,
  queuedBytes: 52_428_800,
  /** How old, or how far in the future, a device's signature may be. */
  deviceProofAge: 120_000,
  /** How long a pending device request waits for its approver after the last try. */
  devicePairing: 300_000,
  /** Largest body of a channel webhook. */
  routeBody: 1_048_576,
  /** Bytes of transcript in one `chat.history` answer. */
  history: 6_291_456,
  /** Largest attachment, and largest image, of `chat.send`. */
  attachment: 19_464_192,
  image: 6_291_456,
} as const;

/** WebSocket close codes as clients read them. */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  invalidData: 1007,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  tryLater: 1013,
  revoked: 4001,
} as const;
