/**
 * The certificate chain by which the fake proves to be the server: a root, an intermediate, a leaf.
 *
 * @module
 */
import { Curve, type KeyPair, proto } from 'baileys';

/** A chain and the key it vouches for. */
export interface ServerIdentity {
  readonly keys: KeyPair;
  readonly certificates: Uint8Array;
}

function certificate(subject: KeyPair, serial: number, issuerSerial: number, issuer: KeyPair) {
  const details = proto.CertChain.NoiseCertificate.Details.encode({
    serial,
    issuerSerial,
    key: subject.public,
  }).finish();
  return { details, signature: Curve.sign(issuer.private, details) };
}

/** A chain from `root`. `leafIssuer`: who signs the leaf instead of the intermediate. */
export function issueIdentity(root: KeyPair, leafIssuer?: KeyPair): ServerIdentity {
  const intermediate = Curve.generateKeyPair();
  const keys = Curve.generateKeyPair();
  const certificates = proto.CertChain.encode({
    intermediate: certificate(intermediate, 1, 0, root),
    leaf: certificate(keys, 2, 1, leafIssuer ?? intermediate),
  }).finish();
  return { keys, certificates };
}
