/**
 * `openclaw gateway`: runs the gateway until it is stopped.
 *
 * @module
 */
import type { CommandHandler, Invocation } from '../command.ts';
import type { StartReport } from '@portcullis/gateway';

import type { RunOptions, StartedGateway } from '../compose/run-gateway.ts';
import { inColumns } from '../terminal/columns.ts';
import { logPieces, readWritten } from '../terminal/log-line.ts';
import type { Output } from '../terminal/output.ts';
import { type Piece, styled } from '../terminal/style.ts';
import { waysIn } from '../terminal/ways-in.ts';

type Channel = StartReport['channels'][number];

/** One thing the gateway has or has not: on or off, what, and how. */
type Row = readonly [Piece, string, string];

function on(what: string, detail: string): Row {
  return [styled('green', 'on'), what, detail];
}

function off(what: string, detail: string): Row {
  return [styled('dim', 'off'), what, detail];
}

function channelRow(channel: Channel): Row {
  const { accountId, enabled, configured, installed, state, lastError, identity } = channel;
  const name = `${channel.channel}${accountId === 'default' ? '' : ` (${accountId})`}`;
  if (!installed) return off(name, lastError ?? 'its package is not installed');
  if (!enabled) return off(name, `switched off: channels.${channel.channel}.enabled`);
  if (!configured) return off(name, lastError ?? `not configured: channels.${channel.channel}`);
  const detail = [state, identity, lastError].filter((part) => part !== undefined).join(', ');
  return state === 'failed' || state === 'stopped' ? off(name, detail) : on(name, detail);
}

function authText(mode: string): string {
  return mode === 'none' ? 'anybody who can connect is let in' : `${mode} needed to connect`;
}

function modelRow({ models }: StartReport): Row {
  const [first, ...others] = models.active;
  if (first === undefined) return off('model', 'none: openclaw models use <provider/model>');
  const fallbacks = others.length === 0 ? '' : `, then ${others.join(', ')}`;
  const offline = first.startsWith('offline/')
    ? ' (answers without a model; choose one: openclaw models list)'
    : '';
  return on('model', `${first}${fallbacks}${offline}`);
}

function sandboxRow({ modes, available }: StartReport['sandbox']): Row {
  const agents = Object.entries(modes).map(([agent, mode]) => `${agent}: ${mode}`);
  if (agents.length === 0) {
    return off('sandbox', 'commands would run on this machine: agents.defaults.sandbox.mode');
  }
  return available === true
    ? on('sandbox', agents.join(', '))
    : off('sandbox', `asked for (${agents.join(', ')}) and not there: commands are refused`);
}

/** What is still missing, as commands. */
function nextSteps({
  channels,
  models,
  page,
}: StartReport): readonly (readonly [string, string])[] {
  const steps: (readonly [string, string])[] = [];
  if (page) steps.push(['openclaw dashboard', 'how to log in to the chat page']);
  const isThinking = models.active[0]?.startsWith('offline/') === false;
  if (!isThinking || channels.length === 0) {
    steps.push(['openclaw onboard', 'a model, chat networks and an owner, step by step']);
  }
  if (channels.length > 0) {
    steps.push(['openclaw pairing list', 'who asks to talk to the agent']);
  }
  return steps;
}

function rowsOf({ url, report }: StartedGateway): readonly Row[] {
  const { bindHost, port, exposure, authMode, page, channels, tools, sandbox } = report;
  const { tls, tailscale, mdns } = exposure;
  const address = { host: bindHost, port, tls: tls?.fingerprint, tailscale, mdns };
  return [
    ...waysIn(address).map(([what, how]) => on(what.toLowerCase(), how)),
    (authMode === 'none' ? off : on)('auth', authText(authMode)),
    page ? on('page', url) : off('page', 'the chat page is not served'),
    modelRow(report),
    tools.length === 0
      ? off('tools', 'policy lets nobody use one')
      : on('tools', `${tools.join(', ')}; policy decides who may use which`),
    ...(tools.includes('exec') ? [sandboxRow(sandbox)] : []),
    ...(channels.length === 0 ? [off('channels', 'none configured')] : channels.map(channelRow)),
  ];
}

function printReport(out: Output, running: StartedGateway): void {
  const { url, report } = running;
  if (report.firstStart) out.line(`A first config was written: ${report.configPath}`);
  out.line(styled('bold', `Gateway ready: ${url}`));
  out.line();
  for (const row of inColumns(rowsOf(running))) out.line('  ', ...row);
  if (report.resumed > 0)
    out.line(`${report.resumed} messages of the last run are being finished.`);
  for (const warning of report.warnings) out.warn(warning);
  out.line();
  out.line('Next:');
  for (const step of inColumns(nextSteps(report))) out.line('  ', ...step);
}

function stepListener({ out }: Invocation): NonNullable<RunOptions['onStep']> {
  return (step) => out.note(styled('dim', `${new Date().toISOString()} ${step}`));
}

/** `openclaw gateway [run]`. */
export const runGatewayCommand: CommandHandler = async (invocation) => {
  const { context, doors, input, out, json } = invocation;
  const { signal } = context;
  const port = input.count('port');
  const running = await out.during(
    'Starting the gateway',
    doors.runGateway(context, {
      ...(port !== undefined && { port }),
      ...(input.flag('verbose') && { onStep: stepListener(invocation) }),
      onLog: (line, style) => {
        if (style === 'json') out.note(line.trimEnd());
        else out.note(...logPieces(readWritten(line), style));
      },
    }),
  );
  const stop = (): void => {
    out.note('Stopping; once more stops at once.');
    void running.stop(String(signal.reason));
  };
  if (!signal.aborted) {
    if (json) out.json({ ok: true, url: running.url, ...running.report });
    else printReport(out, running);
  }
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  await running.ended;
  signal.removeEventListener('abort', stop);
  out.note('The gateway has stopped.');
};
