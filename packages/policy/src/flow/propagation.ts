/**
 * How labels spread: every step joins, none lowers.
 *
 * @module
 */
import type { TrustClass } from '@portcullis/core';
import { asChoice, asText, InvalidSetting, own, setting } from '../setting.ts';
import {
  bottomLabel,
  conversationClass,
  type FlowLabel,
  joinLabels,
  type PrivateClass,
  readClasses,
  readLabel,
  readTrust,
  taintOf,
  topLabel,
} from './label.ts';

/** Labels by session id and by artefact. Start with `{ sessions: {}, artefacts: {} }`. */
export interface FlowState {
  readonly sessions: Readonly<Record<string, FlowLabel>>;
  readonly artefacts: Readonly<Record<string, FlowLabel>>;
}

/**
 * Something that happened to a session.
 *
 * - `message`: somebody of `class` wrote; where a session holds several conversations,
 *   `conversation` names this one.
 * - `tool`: a result from a source of `class`, with private classes `P`.
 * - `read`: data of a private `class`; `stored` is its stored label (null: it has none), else the
 *   label of `artefact`.
 * - `write`: the artefact takes the session's label.
 * - `history`: the history of session `of`. `send`: to session `to`. `spawn`, `childResult`.
 * - `compact`, `restart`: nothing changes. `load`: the session comes back from the store.
 * - `new`: a new session id; clean only when the owner asked for it.
 */
export type FlowStep =
  | {
      readonly do: 'message';
      readonly session: string;
      readonly class: TrustClass;
      readonly conversation?: string;
    }
  | {
      readonly do: 'tool';
      readonly session: string;
      readonly class: TrustClass;
      readonly P?: readonly PrivateClass[];
    }
  | {
      readonly do: 'read';
      readonly session: string;
      readonly class: PrivateClass;
      readonly artefact?: string;
      readonly stored?: FlowLabel | null;
    }
  | { readonly do: 'write'; readonly session: string; readonly artefact: string }
  | { readonly do: 'history'; readonly session: string; readonly of: string }
  | { readonly do: 'send'; readonly session: string; readonly to: string }
  | { readonly do: 'spawn' | 'childResult'; readonly session: string; readonly child: string }
  | { readonly do: 'compact' | 'restart'; readonly session: string }
  | { readonly do: 'load'; readonly session: string; readonly label?: FlowLabel }
  | {
      readonly do: 'new';
      readonly session: string;
      readonly by: TrustClass;
      readonly newSession: string;
    };

const ACTIONS = [
  'message',
  'tool',
  'read',
  'write',
  'history',
  'send',
  'spawn',
  'childResult',
  'compact',
  'restart',
  'load',
  'new',
] as const;

/** The label of a session; one that was never heard of has seen nothing. */
export function sessionLabel(state: FlowState, session: string): FlowLabel {
  const label = own(state.sessions, session);
  return label === undefined ? bottomLabel : readLabel(label);
}

function artefactLabel(state: FlowState, artefact: string): FlowLabel {
  const label = own(state.artefacts, artefact);
  return label === undefined ? bottomLabel : readLabel(label);
}

/** A map with one entry joined. Entries are defined, so that `__proto__` is only a key. */
function joinedInto(
  map: Readonly<Record<string, FlowLabel>>,
  key: string,
  label: FlowLabel,
): Readonly<Record<string, FlowLabel>> {
  const others = Object.entries(map).filter(([each]) => each !== key);
  const before = own(map, key);
  const joined = before === undefined ? label : joinLabels(readLabel(before), label);
  return Object.fromEntries([...others, [key, joined]]);
}

function raise(state: FlowState, session: string, label: FlowLabel): FlowState {
  const before = sessionLabel(state, session);
  return { ...state, sessions: joinedInto(state.sessions, session, joinLabels(before, label)) };
}

function nameOf(step: unknown, key: string): string {
  const name = asText(setting(step, key));
  if (name === undefined) throw new InvalidSetting(key);
  return name;
}

/** The label of what a read brings in. */
function readingOf(state: FlowState, step: unknown): FlowLabel {
  const classes = readClasses([own(step, 'class')]);
  const artefact = own(step, 'artefact');
  const stored = own(step, 'stored');
  const source =
    stored !== undefined
      ? readLabel(stored)
      : typeof artefact === 'string'
        ? artefactLabel(state, artefact)
        : bottomLabel;
  return joinLabels(source, { u: 0, P: classes });
}

/** The label of what a message or a tool brings in. */
function arrivalOf(step: unknown): FlowLabel {
  const conversation = asText(setting(step, 'conversation'));
  const heard = conversation === undefined ? [] : [conversationClass(conversation)];
  const u = taintOf(readTrust(own(step, 'class')));
  return { u, P: [...readClasses(own(step, 'P')), ...heard] };
}

function applyStep(state: FlowState, step: FlowStep): FlowState {
  const action = asChoice(setting(step, 'do'), ACTIONS);
  const session = nameOf(step, 'session');
  const label = sessionLabel(state, session);
  switch (action) {
    case 'message':
    case 'tool':
      return raise(state, session, arrivalOf(step));
    case 'read':
      return raise(state, session, readingOf(state, step));
    case 'write':
      return {
        ...state,
        artefacts: joinedInto(state.artefacts, nameOf(step, 'artefact'), label),
      };
    case 'history': {
      const of = nameOf(step, 'of');
      const heard = { u: 0, P: [conversationClass(of)] } as const;
      return raise(state, session, joinLabels(sessionLabel(state, of), heard));
    }
    case 'send':
      return raise(state, nameOf(step, 'to'), label);
    case 'spawn':
      return raise(state, nameOf(step, 'child'), label);
    case 'childResult':
      return raise(state, session, sessionLabel(state, nameOf(step, 'child')));
    case 'compact':
    case 'restart':
      return state;
    case 'load': {
      const stored = own(step, 'label');
      return raise(state, session, stored === undefined ? topLabel : readLabel(stored));
    }
    case 'new': {
      const clean = readTrust(own(step, 'by')) === 'owner';
      return raise(state, nameOf(step, 'newSession'), clean ? bottomLabel : label);
    }
    default:
      throw new InvalidSetting('do');
  }
}

/**
 * The state after a step. Labels of known sessions and artefacts never fall. A step that cannot be
 * read may have been anything, so its session becomes top.
 */
export function flowTransition(state: FlowState, step: FlowStep): FlowState {
  try {
    return applyStep(state, step);
  } catch {
    const session = own(step, 'session');
    return typeof session === 'string' ? raise(state, session, topLabel) : state;
  }
}
