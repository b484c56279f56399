/**
 * Options every command takes.
 *
 * @module
 */
import type { OptionSpec } from '../command.ts';

/** Of these, those that name a gateway; a command about this machine does not take them. */
export const GATEWAY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'url',
    type: 'text',
    value: 'URL',
    summary:
      'Talk to this gateway instead of that of the config: wss://gate.example, or ws:// on this machine. Nothing configured is shown to it.',
  },
  {
    name: 'token-file',
    type: 'text',
    value: 'PATH',
    summary: 'File with the token of the gateway, readable by you alone.',
  },
  {
    name: 'password-file',
    type: 'text',
    value: 'PATH',
    summary: 'File with its password instead.',
  },
  {
    name: 'tls-fingerprint',
    type: 'text',
    value: 'SHA256',
    summary: 'Fingerprint its certificate must have; then no authority has to vouch for it.',
  },
];

/** Options every command takes, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'help', short: 'h', type: 'flag', summary: 'Show how a command is used.' },
  { name: 'version', short: 'V', type: 'flag', summary: 'Print the version.' },
  {
    name: 'profile',
    type: 'text',
    value: 'NAME',
    summary: 'Use the state in ~/.openclaw-NAME instead of ~/.openclaw.',
  },
  ...GATEWAY_OPTIONS,
  { name: 'no-color', type: 'flag', summary: 'Print without colours. NO_COLOR does the same.' },
];
