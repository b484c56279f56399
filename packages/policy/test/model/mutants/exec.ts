/**
 * Deliberate bugs in the decisions about commands, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const APPROVAL = 'src/exec/approval.ts';
const DECIDE = 'src/exec/decide.ts';
const SETTINGS = 'src/exec/settings.ts';

export const mutants: readonly Mutant[] = [
  {
    claim: 'E1',
    id: 'M1',
    file: APPROVAL,
    find: "state: withRecord(state, id, { ...record, status: 'consumed' }),",
    replace: 'state,',
  },
  {
    claim: 'E1',
    id: 'M2',
    file: APPROVAL,
    find: "const channel = own(actor, 'channel');",
    replace: "if (kind === 'agent') return true;\n  const channel = own(actor, 'channel');",
  },
  {
    claim: 'E2',
    id: 'M1',
    file: DECIDE,
    find: 'const policy = effectivePolicy(config, { agentId, session, documents, ask });',
    replace: `const policy =
      setting(input, 'elevated').value === 'full'
        ? { security: 'full', ask: 'off', askFallback: 'deny' }
        : effectivePolicy(config, { agentId, session, documents, ask });`,
  },
  {
    claim: 'E2',
    id: 'M2',
    file: SETTINGS,
    find: 'const levels = [draft, ...documents.map((document) => documentOf(document, agentId))];',
    replace: `const heard = own(session, 'setByOwner') === true ? [] : documents;
  const levels = [draft, ...heard.map((document) => documentOf(document, agentId))];`,
  },
  {
    claim: 'E3',
    id: 'M1',
    file: DECIDE,
    find: "if (ask === 'always') return verdict.ask('exec.ask.always', ASK_PATH);",
    replace:
      "if (ask === 'always' && !isMatch(findings)) return verdict.ask('exec.ask.always', ASK_PATH);",
  },
  {
    claim: 'E3',
    id: 'M2',
    file: SETTINGS,
    find: "askFallback: leastSecure(fallback, security) ?? 'deny',",
    replace: 'askFallback: fallback,',
  },
];
