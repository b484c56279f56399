/**
 * Gathers what somebody who helps has to know of an installation. What the doctor, the audit, the
 * service manager and the gateway say is asked of them.
 *
 * @module
 */
import { hostname } from 'node:os';

import { PortcullisError } from '@portcullis/core';
import { getPath } from '@portcullis/gateway/config';
import { decideBind, decidePort, thisMachine } from '@portcullis/gateway/local';
import { logFile, secretHider, tailLog } from '@portcullis/gateway/posture';
import type { AuditReport } from '@portcullis/policy/audit';
import { authModeOf } from '@portcullis/policy/exposure';

import type { Invocation } from '../../command.ts';
import type { Status } from '../../doctor/check.ts';
import { type Report, type Result, examine } from '../../doctor/examine.ts';
import { realMachine } from '../../doctor/machine.ts';
import { type Subject, readSubject } from '../../doctor/subject.ts';
import { type ServiceFacts, serviceFacts } from '../../service/facts.ts';
import { type LogLine, readTailed } from '../../terminal/log-line.ts';
import { listedAgents } from '../agents/list.ts';
import { type GatewayAnswer, askGateway } from './gateway-answer.ts';
import { veilOf, veiled } from './veil.ts';

/** Lines of the log that are looked through, and those that are kept. */
const LOG_LOOKED_AT = 2000;
const LOG_KEPT = 20;

const BAD: ReadonlySet<string> = new Set(['WARN', 'ERROR', 'FATAL']);

/** Where the gateway listens, or would. */
export interface Exposure {
  readonly mode: 'local' | 'remote';
  /** Not where the gateway is elsewhere, nor where the config lets none start. */
  readonly host?: string;
  readonly port?: number;
  /** Why the config lets none start. */
  readonly refused?: string;
  readonly auth: string;
  readonly tls: boolean;
  readonly tailscale: string;
}

/** The report. Holds no secret and nobody's name. */
export interface StatusReport {
  /** False where a gateway should have answered and did not. */
  readonly ok: boolean;
  /** ISO 8601. */
  readonly at: string;
  readonly program: Readonly<Record<'version' | 'node' | 'platform' | 'arch', string>>;
  readonly config: {
    readonly path: string;
    readonly exists: boolean;
    readonly valid: boolean;
    readonly issues: readonly { readonly path: string; readonly message: string }[];
  };
  readonly state: { readonly path: string; readonly inUse: boolean };
  readonly service: Pick<ServiceFacts, 'installed' | 'runtime' | 'enabled' | 'drift'>;
  readonly gateway: GatewayAnswer;
  /** None where the config cannot be read. */
  readonly agents: readonly { readonly id: string; readonly model?: string }[];
  readonly exposure: Exposure;
  /** Sentences. */
  readonly sandbox: readonly string[];
  /** Findings of the security audit by severity; undefined where it could not be made. */
  readonly audit: AuditReport['summary'] | undefined;
  readonly doctor: {
    readonly counts: Report['counts'];
    readonly failing: readonly Pick<Result, 'id' | 'status' | 'says' | 'path' | 'remedy'>[];
  };
  readonly log: {
    readonly path: string;
    readonly lines: readonly Pick<LogLine, 'time' | 'level' | 'message'>[];
  };
}

/** Gathers. Throws nothing for what is broken: that is in the report. */
export async function gatherReport(invocation: Invocation, deep: boolean): Promise<StatusReport> {
  const { context, doors } = invocation;
  const machine = { ...realMachine(), probeSandbox: () => doors.probeSandbox() };
  const subject = readSubject(context, machine, doors, { probe: deep, deep: false });
  const [gateway, service, doctor, audit] = await Promise.all([
    askGateway(invocation, deep),
    serviceFacts(context, (of) => doors.findManager(of)),
    examine(subject),
    auditSummary(subject),
  ]);
  const { installed, runtime, enabled, drift } = service;
  const report: StatusReport = {
    ok: gateway.error === undefined,
    at: new Date(machine.now()).toISOString(),
    program: {
      version: context.version,
      node: machine.node,
      platform: machine.platform,
      arch: machine.arch,
    },
    config: configFacts(subject),
    state: { path: context.paths.stateDir, inUse: subject.owner !== undefined },
    service: { installed, runtime, enabled, drift },
    gateway,
    agents: agentsOf(invocation, subject),
    exposure: exposure(subject),
    sandbox: doctor.results.filter(({ group }) => group === 'sandbox').map(({ says }) => says),
    audit,
    doctor: { counts: doctor.counts, failing: failing(doctor) },
    log: await lastTrouble(subject),
  };
  const veil = veilOf({
    home: context.paths.home,
    hostname: hostname(),
    hideSecrets: secretHider(() => subject.secrets.known()),
  });
  return veiled(report, veil);
}

function configFacts({ config, unreadable, context }: Subject): StatusReport['config'] {
  const { exists, issues } = config;
  return {
    path: context.paths.configPath,
    exists: exists || unreadable !== undefined,
    valid: unreadable === undefined && issues.length === 0,
    issues: [
      ...(unreadable === undefined ? [] : [{ path: '', message: unreadable.message }]),
      ...issues.map(({ path, message }) => ({ path, message })),
    ],
  };
}

function agentsOf(invocation: Invocation, { config, unreadable }: Subject): StatusReport['agents'] {
  if (unreadable !== undefined || config.issues.length > 0) return [];
  return listedAgents(invocation).map(({ id, model }) => ({
    id,
    ...(model !== undefined && { model }),
  }));
}

/** What is configured, and the address of the gateway that runs. Its name anywhere is nobody's business. */
function exposure({ config, address }: Subject): Exposure {
  const { value } = config;
  const tailscale = getPath(value, 'gateway.tailscale.mode');
  const isRemote = getPath(value, 'gateway.mode') === 'remote';
  return {
    mode: isRemote ? 'remote' : 'local',
    ...(isRemote ? {} : (listening(address) ?? planned(config))),
    auth: authModeOf(value),
    tls: address?.tls !== undefined || getPath(value, 'gateway.tls.enabled') === true,
    tailscale: typeof tailscale === 'string' ? tailscale : 'off',
  };
}

type Listening = Pick<Exposure, 'host' | 'port' | 'refused'>;

function listening(address: Subject['address']): Listening | undefined {
  return address === undefined ? undefined : { host: address.host, port: address.port };
}

function planned(config: Subject['config']): Listening {
  try {
    const { bindHost } = decideBind(config.value, thisMachine());
    return { host: bindHost, port: decidePort(config, undefined) };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { refused: error.message };
  }
}

async function auditSummary(subject: Subject): Promise<StatusReport['audit']> {
  try {
    return (await subject.audit()).summary;
  } catch (error) {
    // The doctor's checks of the same audit say what is the matter.
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

const LOOKED_FOR: ReadonlySet<Status> = new Set(['fail', 'warn']);

function failing({ results }: Report): StatusReport['doctor']['failing'] {
  return results
    .filter(({ status }) => LOOKED_FOR.has(status))
    .map(({ id, status, says, remedy, path }) => ({
      id,
      status,
      says,
      ...(path !== undefined && { path }),
      ...(remedy !== undefined && { remedy }),
    }));
}

/** The last warnings and errors of the log of this machine. Their fields, which name people, stay there. */
async function lastTrouble({ config, context }: Subject): Promise<StatusReport['log']> {
  const path = logFile(config, context.paths);
  const { lines } = await tailLog(path, { limit: LOG_LOOKED_AT });
  const read = lines.flatMap((line) => {
    const entry = parsed(line);
    return entry === undefined ? [] : [readTailed(entry)];
  });
  const bad = read.filter(({ level }) => BAD.has(level)).slice(-LOG_KEPT);
  return { path, lines: bad.map(({ time, level, message }) => ({ time, level, message })) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
