/**
 * Deliberate bugs in what all decisions share, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const SETTING = 'src/setting.ts';
const INGRESS = 'src/ingress/ingress.ts';

export const mutants: readonly Mutant[] = [
  {
    claim: 'X1',
    id: 'M1',
    file: INGRESS,
    find: 'return new Gates(scope, facts, kind, speaker, options).pass();',
    replace: `const known = (Gates.memo ??= new Map()).get(speaker.id);
  if (known !== undefined) return known;
  const found = new Gates(scope, facts, kind, speaker, options).pass();
  Gates.memo.set(speaker.id, found);
  return found;`,
  },
  {
    claim: 'X1',
    id: 'M2',
    file: 'src/tools/decide.ts',
    find: 'return dependsOnSender(scope, conversation) ? layers : ofRooms.keep(room, layers);',
    replace: 'return ofRooms.keep(room, layers);',
  },
  {
    claim: 'X2',
    id: 'M1',
    file: SETTING,
    find: 'if (choice === undefined) throw new InvalidSetting(path);',
    replace: '',
  },
  {
    claim: 'X2',
    id: 'M2',
    file: SETTING,
    find: 'const choice = choices.find((each) => each === value);',
    replace:
      "const choice = choices.find((each) => each === (typeof value === 'string' ? value.toLowerCase() : value));",
  },
  {
    claim: 'X3',
    id: 'M1',
    file: INGRESS,
    find: 'if (key === undefined || !Array.isArray(seen) || !seen.includes(key)) return undefined;',
    replace: `if (key === undefined || !Array.isArray(seen)) return undefined;
    if (!seen.includes(key)) {
      seen.push(key);
      return undefined;
    }`,
  },
  {
    claim: 'X3',
    id: 'M2',
    file: 'src/ingress/sender-list.ts',
    find: 'const entries = asList(setting);',
    replace: 'const entries = asList(setting)?.sort();',
  },
];
