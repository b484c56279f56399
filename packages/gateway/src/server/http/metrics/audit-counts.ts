/**
 * What the audit log tells, counted. The log is read behind the gateway's back, a page at a time, so
 * that counting costs no turn anything and counts exactly what was committed.
 *
 * Labels are codes, kinds and names of tools: never a sender, a session or a text.
 *
 * @module
 */
import type { AuditLine, AuditService } from '../../../services.ts';
import { Counter, type Metric } from './series.ts';

const PAGE = 1000;
/** Most pages of one look: a log that grows faster is caught up with at the next. */
const MOST_PAGES = 50;

/** How the end of a call, an effect or a turn is called. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'tool.done': 'done',
  'tool.failed': 'failed',
  'effect.done': 'done',
  'effect.failed': 'failed',
  'turn.answered': 'answered',
  'turn.failed': 'failed',
  'turn.aborted': 'aborted',
  'turn.revoked': 'revoked',
  'turn.begun': 'begun',
  'turn.resumed': 'resumed',
};

/** Counters made from the audit log. */
export class AuditCounts {
  readonly #audit: AuditService;
  readonly #decisions = new Counter(
    'decisions_total',
    'Decisions, by what they are about, their effect and their code.',
  );
  readonly #turns = new Counter('turns_total', 'Turns, by what became of them.');
  readonly #tools = new Counter('tool_calls_total', 'Calls of tools, by tool and outcome.');
  readonly #effects = new Counter('effects_total', 'Effects of tools, by broker and outcome.');
  readonly #lines = new Counter('audit_lines_total', 'Lines of the audit log, by kind.');
  #after: number | undefined;
  #reading: Promise<void> | undefined;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  /** Counts what was written since the last look; the first look begins at the end of the log. */
  async catchUp(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read(): Promise<void> {
    if (this.#after === undefined) {
      const [last] = await this.#audit.log({ last: true, limit: 1 });
      this.#after = last?.seq ?? 0;
      return;
    }
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const lines = await this.#audit.log({ after: this.#after, limit: PAGE });
      for (const line of lines) this.#count(line);
      this.#after = lines.at(-1)?.seq ?? this.#after;
      if (lines.length < PAGE) return;
    }
  }

  #count({ kind, entry }: AuditLine): void {
    this.#lines.add({ kind });
    const { effect, code } = entry;
    if (typeof code !== 'string') return;
    // Refusals that repeat within a minute are one line that says how many they were.
    const { repeats } = entry;
    const times = kind === 'fold' && typeof repeats === 'number' ? repeats : 1;
    const outcome = OUTCOMES[code];
    if (kind === 'turn') this.#turns.add({ outcome: outcome ?? 'other' });
    else if (kind === 'tool') this.#countTool(text(entry['tool']), outcome, effect);
    else if (kind === 'effect' && outcome !== undefined) {
      this.#effects.add({ broker: text(entry['broker']), outcome });
    }
    // The end of what was decided repeats its decision.
    if (typeof effect !== 'string' || outcome !== undefined) return;
    this.#decisions.add({ kind, effect, code }, times);
  }

  #countTool(tool: string, outcome: string | undefined, effect: unknown): void {
    if (outcome !== undefined) this.#tools.add({ tool, outcome });
    else if (effect === 'deny' || effect === 'ask') this.#tools.add({ tool, outcome: 'refused' });
  }

  get metrics(): readonly Metric[] {
    return [this.#decisions, this.#turns, this.#tools, this.#effects, this.#lines].map(
      ({ metric }) => metric,
    );
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
