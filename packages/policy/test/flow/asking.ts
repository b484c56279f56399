/** Actions of a session asked about by tests. */
import { decideFlow, type FlowInput, type FlowLabel } from '../../src/flow/index.ts';

/** What a session has seen: how untrusted, and which private things. */
export const label = (u: 0 | 1 | 2 | 3, ...P: FlowLabel['P']): FlowLabel => ({ u, P });

/** The owner runs a command in a session that has seen nothing, but for the changes. */
export const input = (changes: Partial<FlowInput>): FlowInput => ({
  label: label(0),
  requester: 'owner',
  sink: { kind: 'exec', command: 'ls' },
  owners: ['telegram:1'],
  conversations: { room: ['telegram:1', 'telegram:2'] },
  ...changes,
});

/** The code of what is decided for it. */
export const ask = (changes: Partial<FlowInput>, config: unknown = {}): string =>
  decideFlow(config, input(changes)).code;
