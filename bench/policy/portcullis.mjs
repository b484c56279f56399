/**
 * The question as `@portcullis/policy` answers it: with two full decisions, one about the message
 * and one about the call, each with its code, its path and its reason.
 *
 * @module
 */
import { compilePolicy } from '@portcullis/policy';
import { compileToolPolicy } from '@portcullis/policy/tools';

import { CHANNEL, GROUPS, senders } from './questions.mjs';

/** @type {import('./suite.mjs').Engine} */
export const portcullis = {
  name: '@portcullis/policy',
  prepare: (size) => {
    const groups = Object.fromEntries(
      [...GROUPS].map(([id, allow]) => [id, { requireMention: false, tools: { allow } }]),
    );
    const config = {
      channels: {
        [CHANNEL]: { groupPolicy: 'allowlist', groupAllowFrom: senders(size), groups },
      },
      tools: { profile: 'full' },
    };
    const policy = compilePolicy(config);
    const tools = compileToolPolicy(config);
    return {
      ask: ({ sender: id, group: peerId, tool }) => {
        const sender = { id };
        return {
          message: { channel: CHANNEL, kind: 'group', peerId, sender, text: 'Hello.' },
          call: { channel: CHANNEL, kind: 'group', peerId, sender, agentId: 'main', tool },
        };
      },
      decide: ({ message, call }) =>
        policy.ingress(message).effect === 'allow' && tools.tool(call).effect === 'allow',
    };
  },
};

/** The least any answer can cost: sets, and no reason given. @type {import('./suite.mjs').Engine} */
export const plainSets = {
  name: 'Plain sets (the floor: yes or no, without a reason)',
  prepare: (size) => {
    const listed = new Set(senders(size));
    const tools = new Map([...GROUPS].map(([group, allowed]) => [group, new Set(allowed)]));
    return {
      ask: (question) => question,
      decide: ({ sender, group, tool }) =>
        listed.has(sender) && tools.get(group)?.has(tool) === true,
    };
  },
};
