/**
 * `openclaw status --all`: a report to show to somebody who helps.
 *
 * @module
 */
import type { ExitCode, Invocation } from '../../command.ts';
import type { ChannelState } from './gateway-answer.ts';
import { type StatusReport, gatherReport } from './report.ts';
import type { Output } from '../../terminal/output.ts';
import { formatDuration } from '../../terminal/time.ts';

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}

function channelText({ channel, accountId, enabled, ...rest }: ChannelState): string {
  const name = accountId === 'default' ? channel : `${channel} (${accountId})`;
  const state = enabled ? rest.state : 'off';
  const error = rest.error === undefined ? '' : `: ${rest.error}`;
  return `${name} ${state}${error}${probeText(rest)}`;
}

function probeText({ probe }: Pick<ChannelState, 'probe'>): string {
  if (probe === undefined) return '';
  return probe.ok
    ? `; its network takes our login (${String(probe.elapsedMs)} ms)`
    : `; its network says: ${probe.error ?? 'no'}`;
}

/** What the gateway said, a fact a row. */
function gatewayRows({ gateway }: StatusReport): readonly (readonly [string, string])[] {
  const { error, running, version = '', uptimeMs = 0, latencyMs = 0 } = gateway;
  if (error !== undefined) return [['Gateway', `not heard: ${error.message} [${error.code}]`]];
  if (!running) return [['Gateway', 'none runs here']];
  const where = gateway.elsewhere ? ', on another machine' : '';
  const { channels = [] } = gateway;
  return [
    [
      'Gateway',
      `answers in ${String(latencyMs)} ms, version ${version}, up ${formatDuration(uptimeMs)}${where}`,
    ],
    ['In force', gateway.config ?? ''],
    ['Sessions', String(gateway.sessions ?? 0)],
    ...(channels.length === 0
      ? [['Channels', 'none configured'] as const]
      : channels.map((each) => ['Channel', channelText(each)] as const)),
  ];
}

function exposureText({ exposure }: StatusReport): string {
  const { mode, auth, tls, tailscale, host, port, refused } = exposure;
  if (mode === 'remote') return 'the gateway is on another machine';
  const at = refused ?? `${host ?? ''} port ${String(port)}`;
  return `${at}; auth ${auth}, TLS ${tls ? 'on' : 'off'}, Tailscale ${tailscale}`;
}

function rowsOf(report: StatusReport): readonly (readonly [string, string])[] {
  const { program, config, state, service, sandbox, audit } = report;
  const issues = config.issues.length;
  const valid = config.valid ? 'valid' : `${String(issues)} ${issues === 1 ? 'issue' : 'issues'}`;
  const drift = service.drift ? ', not as an install writes it now' : '';
  return [
    [
      'Program',
      `openclaw ${program.version}, Node ${program.node}, ${program.platform} ${program.arch}`,
    ],
    ['Config', `${config.path}, ${config.exists ? valid : 'not written yet'}`],
    ...config.issues.map(({ path, message }) => ['', `${path} ${message}`.trim()] as const),
    ['State', `${state.path}, ${state.inUse ? 'in use' : 'not in use'}`],
    [
      'Service',
      service.installed
        ? `${service.runtime.detail}, starts by itself: ${yes(service.enabled)}${drift}`
        : `not installed (${service.runtime.detail})`,
    ],
    ...gatewayRows(report),
    ...report.agents.map(({ id, model }) => ['Agent', `${id}, ${model ?? 'no model'}`] as const),
    ['Exposure', exposureText(report)],
    ...sandbox.map((says) => ['Sandbox', says] as const),
    [
      'Audit',
      audit === undefined
        ? 'could not be made'
        : `${String(audit.critical)} critical, ${String(audit.warn)} warnings, ${String(audit.info)} remarks`,
    ],
  ];
}

function print(out: Output, report: StatusReport): void {
  const { doctor, log } = report;
  out.line(`OpenClaw status report of ${report.at}`);
  out.line();
  for (const [what, how] of rowsOf(report)) out.line(`${what.padEnd(9)} ${how}`);
  out.line();
  const { fail, warn, pass, skip } = doctor.counts;
  out.line(
    `Doctor    ${String(fail)} fail, ${String(warn)} warn, ${String(pass)} ok, ${String(skip)} skipped`,
  );
  for (const { status, id, says } of doctor.failing) out.line(`  ${status}  ${says}  ${id}`);
  out.line();
  out.line(`Log       ${log.path}${log.lines.length === 0 ? ': no warning, no error' : ''}`);
  for (const { time, level, message } of log.lines) {
    out.line(`  ${time} ${level.padEnd(5)} ${message}`);
  }
}

/** Prints the report. Exit code 1 where a gateway should have answered and did not. */
export async function showReport(invocation: Invocation, deep: boolean): Promise<ExitCode> {
  const { out, json } = invocation;
  const report = await out.during('Looking', gatherReport(invocation, deep));
  if (json) out.json(report);
  else print(out, report);
  return report.ok ? 0 : 1;
}
