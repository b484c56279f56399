/**
 * The families attacks come in, each with the rule that ends it and the place that keeps the rule.
 *
 * @module
 */

/** One family. */
export interface ThreatClass {
  /** As requirements name it. */
  readonly id: string;
  /** What attackers did. */
  readonly attack: string;
  /** What holds here instead, by construction. */
  readonly rule: string;
  /** Where it is kept, from the root. */
  readonly where: readonly string[];
}

const GATEWAY = 'packages/gateway/src';
const POLICY = 'packages/policy/src';

/** Every family, in the order of its requirements. */
export const CLASSES: readonly ThreatClass[] = [
  {
    id: 'exec-approval-integrity',
    attack: 'run something else than was approved',
    rule: 'What runs is the approved record: arguments, folder, environment, files and programs by their hashes. It is used once.',
    where: [`${GATEWAY}/approvals`, `${POLICY}/exec`],
  },
  {
    id: 'exec-allowlist-bypass',
    attack: 'pass a list of commands with a command that only looks listed',
    rule: 'A list matches resolved programs of commands in a strict subset of the shell. What is outside it matches nothing.',
    where: [`${POLICY}/exec`],
  },
  {
    id: 'exec-env-injection',
    attack: 'choose what runs by variables and files lying about',
    rule: 'The environment of a command is built up from nothing; names that choose code cannot be set; no file of the folder is read.',
    where: [`${GATEWAY}/brokers/proc`, `${GATEWAY}/config`],
  },
  {
    id: 'command-injection',
    attack: 'have a name or host taken for a command',
    rule: 'Programs are started from lists of arguments, never by a shell, in places a test names.',
    where: [`${GATEWAY}/brokers/proc/child.ts`, `${GATEWAY}/config/secret-provider.ts`],
  },
  {
    id: 'sandbox-escape',
    attack: 'leave the sandbox by its settings, or by starting somebody outside',
    rule: 'A sandbox is made for one command from a closed set of settings, and nothing a model says reaches them.',
    where: [`${GATEWAY}/brokers/proc/sandbox.ts`, `${POLICY}/exec/host.ts`],
  },
  {
    id: 'path-traversal',
    attack: 'read and write outside by the spelling of a path',
    rule: 'One broker opens files, beneath the workspace, by descriptors. What comes from outside is never a file name here.',
    where: [`${GATEWAY}/brokers/files`, `${POLICY}/files`],
  },
  {
    id: 'symlink-toctou',
    attack: 'swap a file between the look and the use',
    rule: 'What is judged is what is open; second names and links out are refused; writing replaces within the judged folder.',
    where: [`${GATEWAY}/brokers/files`],
  },
  {
    id: 'archive-extraction',
    attack: 'write outside, or without end, by an archive or an image',
    rule: 'A backup and a plugin are unpacked, and nothing else: plain files, within bounds, then checked. No image is decoded.',
    where: ['packages/cli/src/backup', 'packages/cli/src/plugins/archive.ts'],
  },
  {
    id: 'ssrf',
    attack: 'have the gateway fetch what only it can reach',
    rule: 'One broker looks names up, judges every address and connects to the judged one, again at each redirect.',
    where: [`${GATEWAY}/brokers/net`, `${POLICY}/network`],
  },
  {
    id: 'credential-forwarding',
    attack: 'have a credential sent along to somebody else',
    rule: 'Credentials belong to one origin and leave over https or to this machine only.',
    where: [`${GATEWAY}/brokers/net/outgoing.ts`, 'packages/gateway/src/local/address.ts'],
  },
  {
    id: 'webhook-auth',
    attack: 'call a webhook nobody checks',
    rule: 'A webhook without a secret does not exist; the secret is compared before the body is read; each account has its own path.',
    where: [
      `${GATEWAY}/server/http/webhook.ts`,
      `${GATEWAY}/hooks`,
      'packages/channels-slack/src/webhook.ts',
      'packages/channels-telegram/src/webhook.ts',
    ],
  },
  {
    id: 'replay-dedupe',
    attack: 'deliver again, or have something new taken for a repeat',
    rule: 'The key of an event names account, chat and message, and is stored with it in one transaction.',
    where: [`${GATEWAY}/intake/inbox.ts`],
  },
  {
    id: 'preauth-dos-ratelimit',
    attack: 'exhaust the gateway before saying who one is',
    rule: 'Before that, work and memory of a caller are bounded, and failures are counted over all doors.',
    where: [`${GATEWAY}/server/handshake`, `${GATEWAY}/server/http`, `${POLICY}/exposure`],
  },
  {
    id: 'identity-spoof',
    attack: 'take the name of somebody who is allowed',
    rule: 'A sender is the id its network vouches for. A channel states facts of its own account and nothing else.',
    where: [`${POLICY}/ingress`, `${GATEWAY}/channels/account-inbox.ts`],
  },
  {
    id: 'pairing-store-scope',
    attack: 'use a pairing where it was not given',
    rule: 'A pairing is for one person, one account, and direct messages.',
    where: [`${POLICY}/pairing`, `${GATEWAY}/pairing`],
  },
  {
    id: 'fail-open-empty',
    attack: 'leave something empty, missing or unknown',
    rule: 'Empty, missing, unknown and failing mean no.',
    where: [POLICY],
  },
  {
    id: 'event-policy-gap',
    attack: 'come in by an event nobody thought of',
    rule: 'Every kind of event passes one admission, and buttons are bound to person, message and time.',
    where: [`${GATEWAY}/intake/gate.ts`, `${POLICY}/ingress/admit.ts`],
  },
  {
    id: 'group-dm-policy',
    attack: 'have the rule for rooms applied to people, or the other way round',
    rule: 'Who is admitted is a total function of the settings, compared with a table for every combination.',
    where: [`${POLICY}/ingress`],
  },
  {
    id: 'media-before-auth',
    attack: 'cause work, or be read, without being admitted',
    rule: 'Nothing is fetched before admission; words of others pass the same list or stand as data.',
    where: [`${GATEWAY}/turn/attachments.ts`, `${GATEWAY}/turn/prompt.ts`],
  },
  {
    id: 'chat-command-authz',
    attack: 'give a command of the owner',
    rule: 'Commands are a closed table, decided by the same admission; what is refused is silent.',
    where: [`${POLICY}/ingress/command.ts`, `${GATEWAY}/intake/commands.ts`],
  },
  {
    id: 'tool-policy-bypass',
    attack: 'reach a tool by another door or another name',
    rule: 'Each call is decided when it is made, by the name it is registered under, at every door.',
    where: [`${GATEWAY}/turn/tool-calls.ts`, `${POLICY}/tools`],
  },
  {
    id: 'scope-escalation',
    attack: 'claim or be given more rights than held',
    rule: 'Rights are those of the stored credential, and nobody hands out what he does not hold.',
    where: [`${GATEWAY}/server/handshake`, `${GATEWAY}/server/dispatch.ts`],
  },
  {
    id: 'revocation-lifetime',
    attack: 'go on after rights were taken away',
    rule: 'Rights are read for each frame and each call; what was taken away closes its connections.',
    where: [`${GATEWAY}/server/authority.ts`, `${GATEWAY}/server/devices`],
  },
  {
    id: 'session-isolation',
    attack: 'read or steer the session of somebody else',
    rule: 'The gateway derives the session from sender and policy; a turn has the rights of one sender.',
    where: [`${POLICY}/session`, `${GATEWAY}/session`],
  },
  {
    id: 'prompt-trust-confusion',
    attack: 'have data read as instructions',
    rule: 'Instructions are constants; whatever came from outside is fenced data, and labels bound what it can cause.',
    where: [`${GATEWAY}/turn/prompt.ts`, `${POLICY}/flow`],
  },
  {
    id: 'config-mutation',
    attack: 'have the agent change its own rules',
    rule: 'No tool writes configuration or state; changes are whole, checked and private.',
    where: [`${GATEWAY}/config`, `${GATEWAY}/brokers/files/workspaces.ts`],
  },
  {
    id: 'plugin-supply-chain',
    attack: 'have code loaded that lies in the way',
    rule: 'Ours by name; of others what the operator agreed to, from the bytes that were hashed. Nothing from a workspace.',
    where: ['packages/cli/src/compose/packages.ts', 'packages/cli/src/plugins'],
  },
  {
    id: 'browser-control',
    attack: 'drive the browser the agent uses',
    rule: 'There is no browser here.',
    where: [],
  },
  {
    id: 'gateway-http-auth',
    attack: 'find a path or method that asks for nothing',
    rule: 'What is not in the table of routes and methods is not there, and the table names the right each needs.',
    where: ['packages/protocol/src/methods.ts', `${GATEWAY}/server/http`],
  },
  {
    id: 'cross-origin-ui',
    attack: 'use the page of the owner from another page',
    rule: 'Foreign origins and hosts are refused; the page runs no inline code and shows what others wrote as text.',
    where: [`${GATEWAY}/server/peer.ts`, 'packages/control-ui/src'],
  },
  {
    id: 'discovery-network-trust',
    attack: 'be trusted for where one comes from',
    rule: 'A client is where its socket is; the gateway listens on this machine unless it has a strong secret.',
    where: [`${GATEWAY}/server/peer.ts`, `${POLICY}/exposure`],
  },
  {
    id: 'secret-exposure',
    attack: 'read a secret where it was never meant to be',
    rule: 'A secret is a type of its own that prints as nothing, and its values are looked for at every way out.',
    where: ['packages/core/src/secret.ts', `${GATEWAY}/egress`],
  },
  {
    id: 'dos-resource',
    attack: 'exhaust the gateway with rights to use it',
    rule: 'Every queue, body, answer and loop has a bound.',
    where: [`${GATEWAY}/session/lanes.ts`, `${GATEWAY}/brokers/net`, `${GATEWAY}/turn/turn.ts`],
  },
  {
    id: 'ui-approval-spoof',
    attack: 'hide from the approver what runs',
    rule: 'A question shows all of it with every control character spelled out, or it cannot be allowed.',
    where: [`${GATEWAY}/approvals`, 'packages/cli/src/terminal/escape.ts'],
  },
  {
    id: 'crypto-hygiene',
    attack: 'guess, or measure, a secret',
    rule: "Codes and tokens come from the system's generator; secrets are compared as digests, in constant time.",
    where: [`${POLICY}/exposure/secret.ts`, `${POLICY}/pairing`],
  },
];
