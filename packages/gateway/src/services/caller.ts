/**
 * Who calls the control plane.
 *
 * @module
 */

/** Who asks: what a connection proved, or the local command line. */
export interface Caller {
  /** For the audit log: `operator:<connection>`, `device:<id>`, `cli`. */
  readonly id: string;
  readonly kind: 'operator' | 'cli';
  /** True for the command line on this machine, and for nothing that came over a socket. */
  readonly local: boolean;
  readonly scopes: readonly string[];
}
