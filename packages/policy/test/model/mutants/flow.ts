/**
 * Deliberate bugs in the flow of information, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const PROPAGATION = 'src/flow/propagation.ts';
const DECLASSIFY = 'src/flow/declassify.ts';
const COMBINE = 'src/combine.ts';

const SEVERER = 'opennessOf(each) < opennessOf(best) ? each : best';

export const mutants: readonly Mutant[] = [
  {
    claim: 'F1',
    id: 'M1',
    file: PROPAGATION,
    find: "    case 'compact':\n    case 'restart':",
    replace: `    case 'compact':
      return { ...state, sessions: { ...state.sessions, [session]: { ...label, u: 0 } } };
    case 'restart':`,
  },
  {
    claim: 'F1',
    id: 'M2',
    file: PROPAGATION,
    find: "artefacts: joinedInto(state.artefacts, nameOf(step, 'artefact'), label),",
    replace:
      "artefacts: joinedInto(state.artefacts, nameOf(step, 'artefact'), { ...label, u: 0 }),",
  },
  {
    claim: 'F2',
    id: 'M1',
    file: PROPAGATION,
    find: 'const heard = { u: 0, P: [conversationClass(of)] } as const;',
    replace: 'const heard = { u: 0, P: [] } as const;',
  },
  {
    claim: 'F2',
    id: 'M2',
    file: PROPAGATION,
    find: '? artefactLabel(state, artefact)',
    replace: '? { ...artefactLabel(state, artefact), u: 0 }',
  },
  {
    claim: 'F3',
    id: 'M1',
    file: COMBINE,
    find: SEVERER,
    replace: 'each ?? best',
  },
  {
    claim: 'F3',
    id: 'M2',
    file: COMBINE,
    find: SEVERER,
    replace: `best.effect === 'ask' ? best : ${SEVERER}`,
  },
  {
    claim: 'F4',
    id: 'M1',
    file: DECLASSIFY,
    find: '    sink: action.sink,',
    replace: '    sink: action.sink.kind,',
  },
  {
    claim: 'F4',
    id: 'M2',
    file: DECLASSIFY,
    find: 'if (at !== -1) next = { ...grants, once: grants.once.toSpliced(at, 1) };',
    replace: '',
  },
];
