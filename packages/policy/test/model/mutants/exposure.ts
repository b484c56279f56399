/**
 * Deliberate bugs in the gateway's door, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const START = 'src/exposure/start.ts';
const SETTINGS = 'src/exposure/settings.ts';
const PROXY = 'src/exposure/proxy.ts';

export const mutants: readonly Mutant[] = [
  {
    claim: 'G1',
    id: 'M1',
    file: 'src/exposure/secret.ts',
    find: "return text === '' || text === 'undefined' || text === 'null';",
    replace: "return text === 'undefined' || text === 'null';",
  },
  {
    claim: 'G1',
    id: 'M2',
    file: START,
    find: "secret === undefined && plan.mode !== 'trusted-proxy') {",
    replace: "secret === undefined && plan.mode === 'token') {",
  },
  {
    claim: 'G2',
    id: 'M1',
    file: START,
    find: "const written = asChoice(setting(config, 'gateway', 'bind'), literals);",
    replace:
      "const written = literals.find((each) => each === setting(config, 'gateway', 'bind').value);",
  },
  {
    claim: 'G2',
    id: 'M2',
    file: SETTINGS,
    find: "const mode = asChoice(setting(config, 'gateway', 'auth', 'mode'), [",
    replace: `const written = setting(config, 'gateway', 'auth', 'mode').value;
  const known = [undefined, 'none', 'token', 'password', 'trusted-proxy'];
  if (!known.includes(written)) return 'none';
  const mode = asChoice(setting(config, 'gateway', 'auth', 'mode'), [`,
  },
  {
    claim: 'G3',
    id: 'M1',
    file: PROXY,
    find: 'if (client === undefined || isLoopbackAddress(client)) return unattributed();',
    replace: `if (client === undefined) return unattributed();
      if (isLoopbackAddress(client)) {
        const value = { clientIp: client, local: true };
        return verdict.allow('gateway.proxy.attributed', 'gateway.trustedProxies', { value });
      }`,
  },
  {
    claim: 'G3',
    id: 'M2',
    file: PROXY,
    find: 'const value: ClientValue = { clientIp: peer, local: false };',
    replace:
      "const value = { clientIp: headerValues(headers, 'x-forwarded-for')[0] ?? peer, local: false };",
  },
];
