/**
 * What a session has seen, told to an approver: what was read, from whom, and where it would go.
 *
 * Kept beside the label, which decides; this only explains. It names the worst origin by the first
 * thing that came from it, because that is what an approver has to judge.
 *
 * @module
 */
import type { FlowLabel, Sink } from '@portcullis/policy/flow';

/** What raised a label, and when. */
export interface Seen {
  /** In plain words: `a message of telegram:42`, `the web page example.com`. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The story of one session. */
export interface FlowStory {
  /** The first thing of the worst origin. */
  readonly worst?: Seen & { readonly u: FlowLabel['u'] };
  /** How often something of each class of private data was read. */
  readonly read: Readonly<Record<string, number>>;
}

const MOST_CLASSES = 32;
const SOURCE_CHARS = 200;
const ORIGINS = [
  'the owner',
  'a trusted person',
  'a member of a room or a guest',
  'outside',
] as const;

/** The story with one more thing seen. */
export function withSeen(story: FlowStory | undefined, label: FlowLabel, seen: Seen): FlowStory {
  const read: Record<string, number> = { ...story?.read };
  for (const each of label.P) {
    const name = each.startsWith('conv:') ? 'another conversation' : each;
    if (name in read || Object.keys(read).length < MOST_CLASSES) read[name] = (read[name] ?? 0) + 1;
  }
  const worst = story?.worst;
  if (worst !== undefined && worst.u >= label.u) return { worst, read };
  const { source, at } = seen;
  return { worst: { u: label.u, source: source.slice(0, SOURCE_CHARS), at }, read };
}

/** The story and where something would go, in two or three sentences. */
export function tellStory(story: FlowStory | undefined, label: FlowLabel, sink: Sink): string {
  const read = Object.entries(story?.read ?? {}).map(
    ([name, count]) => `${name} (${String(count)} ${count === 1 ? 'time' : 'times'})`,
  );
  const classes = read.length > 0 ? read.join(', ') : label.P.length > 0 ? label.P.join(', ') : '';
  const what =
    classes === ''
      ? 'This session has read nothing private.'
      : `This session has read private data: ${classes}.`;
  const worst = story?.worst;
  const from =
    worst?.u === label.u
      ? ` The least trusted thing in it is from ${ORIGINS[label.u]}: ${worst.source}, at ${new Date(worst.at).toISOString()}.`
      : ` The least trusted thing in it is from ${ORIGINS[label.u]}; what that was is not known.`;
  return `${what}${from} It now wants to ${aim(sink)}.`;
}

/** Where something would go. */
function aim(sink: Sink): string {
  switch (sink.kind) {
    case 'reply':
      return sink.to.length === 0
        ? 'answer in this conversation, whose readers are not known'
        : `answer ${sink.to.join(', ')}`;
    case 'message':
      return `write to ${sink.to.length === 0 ? 'somebody who is not known' : sink.to.join(', ')}`;
    case 'web.read':
      return `fetch ${sink.url}`;
    case 'web.search':
      return `search the web by ${sink.query}`;
    case 'web.write':
      return `send to ${sink.url}`;
    case 'exec':
      return 'run a command';
    case 'fs.write':
      return `change the file ${sink.path}, which steers later sessions`;
    case 'control':
      return `change what the assistant may do (${sink.tool})`;
    case 'tool':
      return 'use a tool whose effect nobody has mapped';
  }
}
