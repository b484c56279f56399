/**
 * What the same words allow here and not with OpenClaw: found by asking the policy what saying it
 * as OpenClaw means it would close.
 *
 * @module
 */
import {
  type ConfigEdit,
  type ConfigObject,
  type ConfigValue,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';

import { withKey } from './with-key.ts';

/** One setting that would open something by moving. */
export interface Wider {
  readonly key: string;
  readonly says: string;
  /** What is opened, in the words of the policy. */
  readonly opens: readonly string[];
  /** The command that closes it. */
  readonly command: string;
  /** Written into the copy of the config, so that it means what it meant; undefined: only told. */
  readonly edit: ConfigEdit | undefined;
}

interface Row extends Omit<Wider, 'opens'> {
  readonly value: ConfigValue;
}

/** Tools that the profile has here and not with OpenClaw. */
const READING = ['group:web', 'browser'];

/** The settings of a config that allow more here. */
export async function findWider(config: ConfigObject): Promise<readonly Wider[]> {
  const rows = [...rooms(config), ...profiles(config)];
  if (rows.length === 0) return [];
  const { exposureDiff } = await import('@portcullis/policy/explain');
  return rows.flatMap(({ value, ...row }) => {
    const closed = withKey(config, row.key, value);
    const opens = closed === undefined ? [] : exposureDiff(closed, config).opens;
    return opens.length === 0 ? [] : [{ ...row, opens: opens.map(({ what }) => what) }];
  });
}

/** Rooms without a policy: theirs asks for a list of senders, ours lets their members mention it. */
function rooms({ channels }: ConfigObject): readonly Row[] {
  if (!isConfigObject(channels)) return [];
  if (getPath({ channels }, 'channels.defaults.groupPolicy') !== undefined) return [];
  return Object.entries(channels).flatMap(([channel, block]) => {
    const isBlock = isConfigObject(block) && !['defaults', 'modelByChannel'].includes(channel);
    if (!isBlock || block['groupPolicy'] !== undefined) return [];
    const key = `channels.${channel}.groupPolicy`;
    return [
      {
        key,
        value: 'allowlist',
        says: 'Unset, members of a listed room may talk to the agent here; with OpenClaw only senders who are listed.',
        command: `openclaw config set ${key} allowlist`,
        edit: { path: key, value: 'allowlist' },
      },
    ];
  });
}

function profiles(config: ConfigObject): readonly Row[] {
  if (getPath(config, 'tools.profile') !== 'messaging') return [];
  const written = getPath(config, 'tools.deny');
  const deny = Array.isArray(written) ? written : [];
  const value = [...deny, ...READING.filter((each) => !deny.includes(each))];
  return [
    {
      key: 'tools.deny',
      value,
      says: 'The profile "messaging" also reads the web here.',
      command: `openclaw config set tools.deny '${JSON.stringify(value)}' --json-value`,
      edit: undefined,
    },
  ];
}
