/**
 * Who calls the control plane.
 *
 * @module
 */

/** Who asks: what a connection proved, or the local command line. */
export interface Caller {
  /** For the audit log: `operator:<connection>`, `device:<id>`, `api:<credential>`, `cli`. */
  readonly id: string;
  /** `api`: whoever proved himself over HTTP. `node`: another machine, which operates nothing. */
  readonly kind: 'operator' | 'cli' | 'api' | 'node';
  /** True for the command line on this machine, and for nothing that came over a socket. */
  readonly local: boolean;
  readonly scopes: readonly string[];
}
