/**
 * What worked with OpenClaw because nobody wrote anything, and is closed here: found by asking the
 * policy what writing OpenClaw's default out would open.
 *
 * @module
 */
import { type ConfigObject, type ConfigValue, getPath } from '@portcullis/gateway/config';

import { withKey } from './with-key.ts';

/** One default that is stricter here. */
export interface Stricter {
  readonly key: string;
  /** What holds with OpenClaw and here, where the key is not written. */
  readonly theirs: string;
  readonly here: string;
  /** What is refused here because of it. */
  readonly refused: string;
  /** What writing the key would open, in the words of the policy. */
  readonly opens: readonly string[];
  /** The command that opens it as it was. */
  readonly command: string;
}

interface Row {
  readonly key: string;
  readonly theirs: ConfigValue;
  readonly here: string;
  readonly refused: string;
}

/** OpenClaw's defaults that are not ours. */
const ROWS: readonly Row[] = [
  {
    key: 'tools.profile',
    theirs: 'full',
    here: 'messaging',
    refused: 'The agent talks, and reads the web: no files, no commands, no jobs.',
  },
  {
    key: 'tools.exec.security',
    theirs: 'full',
    here: 'deny',
    refused: 'No command runs.',
  },
  {
    key: 'tools.exec.ask',
    theirs: 'off',
    here: 'always',
    refused: 'Every command waits for a person.',
  },
  {
    key: 'tools.exec.strictInlineEval',
    theirs: false,
    here: 'true',
    refused: 'Code inside a command line is no allowed command.',
  },
  {
    key: 'tools.fs.workspaceOnly',
    theirs: false,
    here: 'true',
    refused: 'Files outside the workspace are out of reach.',
  },
  {
    key: 'tools.elevated.enabled',
    theirs: true,
    here: 'false',
    refused: 'No command leaves the sandbox.',
  },
  {
    key: 'tools.sessions.visibility',
    theirs: 'all',
    here: 'tree',
    refused: 'A session sees itself and what it started.',
  },
  {
    key: 'tools.agentToAgent.enabled',
    theirs: true,
    here: 'false',
    refused: 'Agents do not write to each other.',
  },
  {
    key: 'gateway.auth.rateLimit.exemptLoopback',
    theirs: true,
    here: 'false',
    refused: 'Programs of this machine are held to the limit of wrong secrets, too.',
  },
  {
    key: 'gateway.nodes.pairing.autoApproveLocal',
    theirs: true,
    here: 'false',
    refused: 'A node of this machine waits to be approved.',
  },
  {
    key: 'discovery.mdns.mode',
    theirs: 'minimal',
    here: 'off',
    refused: 'The local network is not told of the gateway.',
  },
  {
    key: 'flow.mode',
    theirs: 'off',
    here: 'enforce',
    refused: 'What the agent read in private waits for a person before it leaves another way.',
  },
];

/** The defaults that make a difference to this config. */
export async function findStricter(config: ConfigObject): Promise<readonly Stricter[]> {
  // Loaded on use: judging a change takes the whole policy.
  const { exposureDiff } = await import('@portcullis/policy/explain');
  return ROWS.flatMap(({ key, theirs, here, refused }) => {
    const written = withKey(config, key, theirs);
    if (getPath(config, key) !== undefined || written === undefined) return [];
    const opens = exposureDiff(config, written).opens.map((each) => each.what);
    if (opens.length === 0) return [];
    const value = String(theirs);
    return [
      { key, theirs: value, here, refused, opens, command: `openclaw config set ${key} ${value}` },
    ];
  });
}
