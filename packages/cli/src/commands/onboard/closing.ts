/**
 * What a setup ends with: where secrets are, what the audit says of the result, who reaches what, and
 * what to do next.
 *
 * @module
 */
import { createSecrets, loadConfig } from '@portcullis/gateway/config';
import { gatherFacts } from '@portcullis/gateway/posture';
import { type AuditReport, audit } from '@portcullis/policy/audit';
import { type Matrix, exposureMatrix } from '@portcullis/policy/explain';

import type { Invocation } from '../../command.ts';
import { configuredChannels } from '../../channels/configured.ts';
import { KNOWN_CHANNELS, labelOf } from '../../channels/known.ts';
import { hasChannel, installCommand } from '../../compose/packages.ts';
import { chosenModel } from '../../onboard/questions/model.ts';
import { inColumns } from '../../terminal/columns.ts';
import { styled } from '../../terminal/style.ts';
import { printMatrix } from '../policy/matrix.ts';
import type { Written } from './write.ts';

/** A command, and what it does. */
type Step = readonly [string, string];

/** What the result is like. */
export interface Closing {
  readonly audit: Pick<AuditReport, 'summary' | 'findings'>;
  readonly matrix: Matrix;
  readonly next: readonly Step[];
}

/** Whether a network is linked with an app, once its settings are there. */
function isLinked(id: string): boolean {
  return KNOWN_CHANNELS.some((each) => each.id === id && each.wayIn.kind === 'link');
}

/** Looks at the result. */
export function closingOf({ context: { env, paths } }: Invocation, isRunning: boolean): Closing {
  const config = loadConfig({ env, paths });
  const secrets = createSecrets(config, config.env, paths);
  const { facts } = gatherFacts(config, secrets, paths);
  const { summary, findings } = audit(config.value, facts);
  const channels = configuredChannels(config).filter(({ enabled }) => enabled);
  const hasChannels = Object.keys(config.value['channels'] ?? {}).length > 0;
  const hasModel = chosenModel(config.source)?.startsWith('offline/') === false;
  return {
    audit: { summary, findings },
    matrix: exposureMatrix(config.value),
    next: [
      ...channels
        .filter(({ id }) => !hasChannel(id, paths))
        .map(({ id }) => [installCommand(id, paths), `install what ${labelOf(id)} needs`] as const),
      ...(isRunning ? [] : [['openclaw gateway run', 'start it'] as const]),
      ...channels
        .filter(({ id }) => isLinked(id))
        .map(
          ({ id }) =>
            [`openclaw channels login ${id}`, `link ${labelOf(id)} with your phone`] as const,
        ),
      ['openclaw dashboard', 'talk to it in the browser'],
      ...(hasModel ? [] : [['openclaw configure model', 'choose a model that thinks'] as const]),
      ...(hasChannels
        ? [['openclaw pairing list', 'who asks to talk to it'] as const]
        : [['openclaw configure channels', 'reach it from a chat network'] as const]),
      ['openclaw security audit', 'look again, whenever something changed'],
    ],
  };
}

/** Prints what was done, and the closing. */
export function printClosing(
  { out, context }: Invocation,
  written: Written,
  closing: Closing,
): void {
  const { places, closed } = written;
  const { summary, findings } = closing.audit;
  out.line();
  out.line(`Config:   ${context.paths.configPath}`);
  for (const { path, place } of places) out.line(`Secret:   ${path} is in ${place}.`);
  for (const path of closed) out.line(`Closed:   ${path} is yours alone now.`);
  out.line();
  const { critical, warn, info } = summary;
  out.line(styled('bold', 'Audit'), `  ${critical} critical, ${warn} warn, ${info} info`);
  for (const { severity, checkId, title, remediation } of findings) {
    if (severity === 'info') continue;
    const style = severity === 'critical' ? 'red' : 'yellow';
    out.line('  ', styled(style, severity), `  ${checkId}  ${title}`);
    if (remediation !== undefined) out.line(styled('dim', '    Fix: '), remediation);
  }
  out.line();
  out.line(styled('bold', 'Who reaches what'));
  printMatrix(out, closing.matrix, false);
  out.line();
  out.line(styled('bold', 'Next'));
  for (const step of inColumns(closing.next)) out.line('  ', ...step);
}
