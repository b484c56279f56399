/**
 * Claims about labels over time, judged by what each session really read: a ghost follows every
 * piece of information from where it came in to wherever it was carried.
 *
 * @module
 */
import { type FlowLabel, type PrivateClass } from '../../../src/flow/label.ts';
import {
  type FlowState,
  type FlowStep,
  flowTransition,
  sessionLabel,
} from '../../../src/flow/propagation.ts';
import { type Sink, decideFlow } from '../../../src/flow/sink.ts';
import { type Claim, type Run, canonical, explore } from '../explorer.ts';
import { CONVERSATIONS, OWNERS, mayReceive } from '../flow-world.ts';

const SESSIONS = ['s1', 's2', 's3'] as const;
const FILES = ['f1', 'f2'] as const;
const TRUST = ['owner', 'trusted', 'member', 'external'] as const;
const PRIVATE: readonly PrivateClass[] = ['workspace', 'memory', 'secret'];

/** Everything that can happen, in the order in which it tells most. */
function stepsOf(long: boolean): readonly FlowStep[] {
  const sessions = SESSIONS.slice(0, 2);
  return [
    ...sessions.flatMap((session): readonly FlowStep[] => [
      ...TRUST.slice(1).map((each) => ({ do: 'message' as const, session, class: each })),
      { do: 'tool', session, class: 'external', P: ['secret'] },
      ...FILES.slice(0, long ? 2 : 1).flatMap((artefact): readonly FlowStep[] => [
        { do: 'write', session, artefact },
        { do: 'read', session, class: 'workspace', artefact },
      ]),
      { do: 'read', session, class: 'memory' },
      { do: 'read', session, class: 'workspace', stored: null },
      { do: 'compact', session },
      { do: 'restart', session },
      { do: 'load', session },
      { do: 'spawn', session, child: 's3' },
      { do: 'childResult', session, child: 's3' },
    ]),
    { do: 'history', session: 's1', of: 's2' },
    { do: 'history', session: 's2', of: 's1' },
    { do: 'send', session: 's1', to: 's2' },
    { do: 'send', session: 's2', to: 's1' },
    { do: 'message', session: 's3', class: 'external' },
    { do: 'new', session: 's1', by: 'member', newSession: 's3' },
    { do: 'new', session: 's2', by: 'owner', newSession: 's3' },
  ];
}

/** What a session or file really holds: the worst origin, and the private classes. */
interface Known {
  readonly u: number;
  readonly P: readonly string[];
}
type History = Readonly<Record<string, Known>>;

const NOTHING: Known = { u: 0, P: [] };
const EVERYTHING: Known = { u: 3, P: [...PRIVATE] };

function follow(history: History, step: FlowStep): History {
  const at = (name: string): Known => history[name] ?? NOTHING;
  const put = (name: string, ...known: readonly Known[]): History => {
    const all = [at(name), ...known];
    const P = [...new Set(all.flatMap((each) => each.P))].toSorted();
    return { ...history, [name]: { u: Math.max(...all.map(({ u }) => u)), P } };
  };
  switch (step.do) {
    case 'message':
      return put(step.session, { u: TRUST.indexOf(step.class), P: [] });
    case 'tool':
      return put(step.session, { u: TRUST.indexOf(step.class), P: step.P ?? [] });
    case 'read': {
      const file = step.artefact === undefined ? NOTHING : at(step.artefact);
      const source = step.stored === null ? EVERYTHING : file;
      return put(step.session, source, { u: 0, P: [step.class] });
    }
    case 'write':
      return put(step.artefact, at(step.session));
    case 'history':
      return put(step.session, at(step.of), { u: 0, P: [`conv:${step.of}`] });
    case 'send':
      return put(step.to, at(step.session));
    case 'spawn':
      return put(step.child, at(step.session));
    case 'childResult':
      return put(step.session, at(step.child));
    case 'load':
      return put(step.session, EVERYTHING);
    case 'new':
      return step.by === 'owner' ? history : put(step.newSession, at(step.session));
    default:
      return history;
  }
}

/** Whether `label` says at least what is really held. */
function covers(label: FlowLabel, { u, P }: Known): boolean {
  return label.u >= u && P.every((each) => label.P.some((known) => known === each));
}

function labelsOf(state: FlowState): Readonly<Record<string, FlowLabel>> {
  return { ...state.artefacts, ...state.sessions };
}

interface Following {
  readonly state: FlowState;
  readonly history: History;
}

function search(
  run: Run,
  depth: number,
  judge: (before: Following, step: FlowStep, after: Following) => string | undefined,
): void {
  const steps = stepsOf(run.long);
  explore<Following, FlowStep>(
    {
      initial: [{ state: { sessions: {}, artefacts: {} }, history: {} }],
      depth,
      actions: () => steps,
      step(before, step) {
        const state = flowTransition(before.state, step);
        const after = { state, history: follow(before.history, step) };
        const broken = judge(before, step, after);
        return broken === undefined ? { state: after } : { state: after, broken };
      },
    },
    run,
  );
}

function judgeLabels(before: Following, step: FlowStep, after: Following): string | undefined {
  const labels = labelsOf(after.state);
  for (const [name, was] of Object.entries(labelsOf(before.state))) {
    const now = labels[name];
    if (now === undefined || !covers(now, was)) return `the label of ${name} fell`;
  }
  for (const [name, known] of Object.entries(after.history)) {
    const now = labels[name] ?? sessionLabel(after.state, name);
    if (!covers(now, known)) return `the label of ${name} misses what it holds`;
  }
  if (step.do === 'restart' && canonical(before.state) !== canonical(after.state)) {
    return 'a restart changes labels';
  }
  return undefined;
}

const SINKS: readonly Sink[] = [
  { kind: 'reply', to: ['t:1'] },
  { kind: 'reply', to: ['t:2'] },
  { kind: 'reply', to: ['t:1', 't:2'] },
  { kind: 'reply', to: [] },
  { kind: 'message', to: ['t:1'] },
  { kind: 'message', to: ['t:2'] },
  { kind: 'message', to: ['t:9'] },
  { kind: 'message', to: [] },
  { kind: 'web.read', url: 'https://x.test/?q=1' },
  { kind: 'web.search', query: 'q' },
  { kind: 'web.write', url: 'https://x.test/' },
  { kind: 'tool' },
  { kind: 'exec', command: 'ls' },
  { kind: 'fs.write', path: 'AGENTS.md' },
  { kind: 'fs.write', path: 'memory/today.md' },
  { kind: 'control', tool: 'cron' },
];

/** What must not be allowed at a sink by a session that holds `known`, whoever asks. */
function mustStop(sink: Sink, { u, P }: Known): boolean {
  switch (sink.kind) {
    case 'reply':
    case 'message':
      return !mayReceive(sink.to, P);
    case 'web.read':
    case 'web.search':
      return P.length > 0 && u >= 2;
    case 'web.write':
    case 'tool':
      return P.length > 0 || u >= 2;
    case 'exec':
      return u >= 2;
    case 'fs.write':
    case 'control':
      return u >= 1;
  }
}

/** Decisions depend on the label and what is held alone, so each pair is judged once. */
function leakJudge(run: Run) {
  const judged = new Set<string>();
  return (_before: Following, _step: FlowStep, { state, history }: Following) => {
    for (const session of SESSIONS) {
      const label = sessionLabel(state, session);
      const known = history[session] ?? NOTHING;
      const key = canonical([label, known]);
      if (judged.has(key)) continue;
      judged.add(key);
      for (const sink of SINKS) {
        for (const requester of ['owner', 'trusted', 'member', 'external'] as const) {
          const input = { label, requester, sink, owners: OWNERS, conversations: CONVERSATIONS };
          const { effect } = decideFlow({}, input);
          run.cases += 1;
          if (effect === 'allow' && mustStop(sink, known)) {
            return `${sink.kind} by ${requester} lets out what ${session} holds`;
          }
        }
      }
    }
    return undefined;
  };
}

const DOMAIN =
  '3 sessions, a file, all kinds of steps (29 in all), 3 private classes and conversations, depth 4. Long: 2 files, depth 5';

/** Labels never fall and never miss anything. */
export const monotone: Claim = {
  id: 'F1',
  sentence: 'no label ever falls, and each covers what was really read',
  bounds: DOMAIN,
  check: (run) => search(run, run.long ? 5 : 4, judgeLabels),
};

/** What was read decides what may leave. */
export const noSilentLeak: Claim = {
  id: 'F2',
  sentence:
    'nothing private leaves to outsiders, and nothing untrusted acts, without somebody being asked',
  bounds: `${DOMAIN}; 16 sinks and 4 requesters at every state`,
  check: (run) => search(run, run.long ? 5 : 4, leakJudge(run)),
};
