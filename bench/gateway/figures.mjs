/**
 * What is measured about the gateway: the figure to reach, and what OpenClaw 2026.9.6 needed on a
 * machine of the same size (2 cores).
 *
 * @module
 */
import { existsSync } from 'node:fs';

/**
 * One figure. `better` says which way is good; `openclaw` is the better end of a published range.
 *
 * @typedef {object} Figure
 * @property {string} id
 * @property {string} what
 * @property {string} unit
 * @property {'less' | 'more'} better
 * @property {number} target
 * @property {number} [openclaw]
 * @property {string} [openclawText] How OpenClaw's figure is written when it is a range.
 */

const less = (id, what, unit, target, openclaw, openclawText) => ({
  id,
  what,
  unit,
  better: 'less',
  target,
  openclaw,
  openclawText,
});

const more = (id, what, unit, target, openclaw) => ({
  id,
  what,
  unit,
  better: 'more',
  target,
  openclaw,
});

/** The channels, each with what loading it may cost: milliseconds and MB, most of it the library's. */
export const CHANNELS = [
  { channel: 'telegram', name: 'Telegram', ms: 120, megabytes: 35 },
  { channel: 'whatsapp', name: 'WhatsApp', ms: 400, megabytes: 90 },
  { channel: 'slack', name: 'Slack', ms: 250, megabytes: 60 },
  { channel: 'discord', name: 'Discord', ms: 300, megabytes: 60 },
].filter(({ channel }) =>
  existsSync(new URL(`../../packages/channels-${channel}/package.json`, import.meta.url)),
);

/** @type {readonly Figure[]} */
export const FIGURES = [
  less('start', 'Process start to `/health` and first hello', 's', 0.4, 8.5, '8.5-13'),
  less('startCpu', 'CPU time of that start', 's', 0.5, 10),
  less('memory', 'Memory of the idle process tree, resident', 'MB', 100, 770, '770-1,040'),
  less('size', 'Installed size: gateway, one channel, model client', 'MB', 60, 606),
  less('packages', 'Installed packages', '', 80, 324),
  less('turn', 'Chat turn: time added to the model, median', 'ms', 10, 424),
  less('turnCpu', 'Chat turn: CPU time', 'ms', 8, 421),
  more('turns', 'Turns of 50 sessions at once', '/s', 150, 2.1),
  less('fileRead', 'Broker: time added to reading a file', 'ms', 2),
  less('sandboxedExec', 'Broker: time added to starting a command, in the sandbox', 'ms', 25),
  less('version', '`openclaw --version`', 's', 0.08, 0.1),
  less('configGet', '`openclaw config get`', 's', 0.15, 2.4),
  less('pairingList', '`openclaw pairing list`, gateway running', 's', 0.2, 6.3),
  less('pairingListAlone', '`openclaw pairing list`, no gateway', 's', 0.2, 6.3),
  less('audit', '`openclaw security audit --json`', 's', 0.3),
  more('health', '`health`, 50 connections with 4 in flight', '/s', 20_000, 5500),
  more(
    'sessionsList',
    '`sessions.list`, 250 sessions, 50 connections with 4 in flight',
    '/s',
    5000,
    400,
  ),
  more('inboxOne', 'Durable inbound messages through the inbox, one at a time', '/s', 2000),
  more('inboxMany', 'Durable inbound messages through the inbox, 100 in flight', '/s', 30_000),
  less('idleConnection', 'Memory of an idle connection, 10,000 of them', 'KB', 25),
  less(
    'pacedCall',
    '1,000 calls a second beside 10,000 idle connections, 99th percentile',
    'ms',
    50,
  ),
  less('helloInFlood', 'Handshake while the token is guessed, 99th percentile', 'ms', 250),
  more('guesses', 'Guesses of the token that are refused meanwhile', '/s', 5000),
  less('stop', 'SIGTERM to exit, idle', 's', 0.2, 0.6, '0.6-1.0'),
  less('channelNone', 'A process with the contract and no channel, resident', 'MB', 60),
  ...CHANNELS.flatMap(({ channel, name, ms, megabytes }) => [
    less(`${channel}Load`, `${name} alone: until the channel is made`, 'ms', ms),
    less(`${channel}Memory`, `${name} alone: memory it adds`, 'MB', megabytes),
  ]),
];
