/**
 * Deliberate bugs in sessions and routing, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const KEY = 'src/session/key.ts';
const LINKS = 'src/identity/identity-links.ts';
const ROUTE = 'src/session/route.ts';
const VISIBLE = 'src/session/visible.ts';

export const mutants: readonly Mutant[] = [
  {
    claim: 'S1',
    id: 'M1',
    file: KEY,
    find: 'return encodeURIComponent(text.toWellFormed())',
    replace: "return encodeURIComponent(text.toWellFormed()).replaceAll('%25', '%')",
  },
  {
    claim: 'S1',
    id: 'M2',
    file: KEY,
    find: 'return phone ?? `${channel}=${peer}`;',
    replace: 'return phone ?? peer;',
  },
  {
    claim: 'S2',
    id: 'M1',
    file: KEY,
    find: "return encoded.startsWith('~') ? `%7E${encoded.slice(1)}` : encoded;",
    replace: 'return encoded;',
  },
  {
    claim: 'S2',
    id: 'M2',
    file: LINKS,
    find: 'if (colon < 0) return [];',
    replace: "if (colon < 0) return ['matrix', 'irc', 'sms'].map((each) => [each, entry]);",
  },
  {
    claim: 'S3',
    id: 'M1',
    file: KEY,
    find: "asChoice(setting, DM_SCOPES) ?? 'main'",
    replace: "DM_SCOPES.find((each) => each === setting.value) ?? 'main'",
  },
  {
    claim: 'S3',
    id: 'M2',
    file: KEY,
    find: "asChoice(setting, DM_SCOPES) ?? 'main'",
    replace:
      "asChoice({ ...setting, value: setting.value?.toLowerCase?.() ?? setting.value }, DM_SCOPES) ?? 'main'",
  },
  {
    claim: 'S4',
    id: 'M1',
    file: KEY,
    find: "const id = canonicalSender(channel, own(own(input, 'sender'), 'id'));",
    replace: "const id = canonicalSender(channel, own(own(input, 'sender'), 'id')) ?? 'unknown';",
  },
  {
    claim: 'S4',
    id: 'M2',
    file: KEY,
    find: "return verdict.deny('session.peer.missing', 'input.sender.id');",
    replace: 'return mainKey(config, prefix, setting.path);',
  },
  {
    claim: 'S5',
    id: 'M1',
    file: ROUTE,
    find: 'if (!isKnownAgent(config, id))',
    replace: 'if (!isKnownAgent(config, id)) return byDefaultAgent(config);\n  if (false)',
  },
  {
    claim: 'S5',
    id: 'M2',
    file: ROUTE,
    find: 'if (best === undefined || TIERS.indexOf(tier) < TIERS.indexOf(best.tier)) {',
    replace: 'if (best === undefined) {',
  },
  {
    claim: 'S6',
    id: 'M1',
    file: VISIBLE,
    find: 'return ids.has(from) && ids.has(to);',
    replace: 'return ids.has(from);',
  },
  {
    claim: 'S6',
    id: 'M2',
    file: VISIBLE,
    find: "&& configured !== 'self';",
    replace: "&& configured !== 'self' && configured !== 'all';",
  },
];
