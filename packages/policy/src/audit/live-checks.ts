/**
 * What the running gateway did not refuse.
 *
 * @module
 */
import { type Finding, type Severity, finding } from './finding.ts';
import type { AuditSubject, Check } from './subject.ts';
import type { Trial, TrialName } from './tried/facts.ts';

/** The check of each trial, and how bad it is where the gateway is reached from elsewhere or not. */
const OPEN: Readonly<Record<TrialName, readonly [string, Severity, Severity]>> = {
  no_secret: ['portcullis.probe.auth_not_enforced', 'critical', 'critical'],
  wrong_secret: ['portcullis.probe.auth_not_enforced', 'critical', 'critical'],
  http: ['portcullis.probe.auth_not_enforced', 'critical', 'critical'],
  origin: ['portcullis.probe.origin_not_enforced', 'critical', 'critical'],
  host: ['portcullis.probe.host_not_enforced', 'critical', 'critical'],
  guesses: ['portcullis.probe.guess_limit_not_enforced', 'critical', 'warn'],
  owner_after_guesses: ['portcullis.probe.guesses_lock_out_owner', 'warn', 'warn'],
  health: ['portcullis.probe.health_tells_too_much', 'critical', 'warn'],
};

const UNSURE: Readonly<Record<'unclear' | 'not_tried', readonly [string, Severity]>> = {
  unclear: ['portcullis.probe.unclear', 'warn'],
  not_tried: ['portcullis.probe.not_tried', 'info'],
};

function told({ name, outcome, what }: Trial, isRemote: boolean): readonly Finding[] {
  if (outcome === 'held') return [];
  if (outcome === 'open') {
    const [check, elsewhere, here] = OPEN[name];
    return [finding(check, isRemote ? elsewhere : here, { what })];
  }
  const [check, severity] = UNSURE[outcome];
  return [finding(check, severity, { what })];
}

function trials({ facts, isRemote }: AuditSubject): readonly Finding[] {
  return (facts.probe?.trials ?? []).flatMap((trial) => told(trial, isRemote));
}

function reached({ facts }: AuditSubject): readonly Finding[] {
  if (facts.probe === undefined || facts.probe.ok) return [];
  if (facts.probe.secretMissing === true) {
    const what = 'The credential for the probe is a reference that could not be followed';
    return [
      finding('gateway.probe_auth_secretref_unavailable', 'warn', { what, path: 'gateway.auth' }),
    ];
  }
  const what = `The running gateway could not be asked: ${facts.probe.error ?? 'no answer'}`;
  return [finding('gateway.probe_failed', 'warn', { what })];
}

/** The running gateway. */
export const liveChecks: readonly Check[] = [reached, trials];
