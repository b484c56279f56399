/**
 * The config as decisions read it: a private copy plus what was worked out from it.
 *
 * Lists become sets and places become scopes when they are first read, and are kept with the copy,
 * so that a decision costs the same for ten allowed senders and for a hundred thousand. Nothing
 * outlives the copy: another config is another compilation.
 *
 * @module
 */
import type { Scope } from '../ingress/scope.ts';
import type { SenderList } from '../ingress/sender-list.ts';
import type { Pattern } from '../pattern/pattern.ts';
import { isObject } from '../setting.ts';
import type { AgentTools, SectionTools } from '../tools/agent-tools.ts';
import type { ToolList } from '../tools/tool-list.ts';
import { Memo, Recent } from './memo.ts';

/** A config and everything worked out from it. */
export interface CompiledConfig {
  /** The config, or null when it could not be read; then every decision is `config.invalid`. */
  readonly root: unknown;
  readonly senderLists: Memo<SenderList>;
  readonly patterns: Memo<readonly Pattern[]>;
  /** Normalised key to own key, for maps whose keys compare by a normal form. */
  readonly keyIndexes: Memo<ReadonlyMap<string, string>>;
  /** Linked identity to its canonical name. */
  readonly identityLinks: Memo<ReadonlyMap<string, string>>;
  readonly nameSets: Memo<ReadonlySet<string>>;
  readonly toolLists: Memo<ToolList>;
  /** Channel accounts that events may come from, by channel and account id as given. */
  readonly openScopes: Places;
  /** Channel accounts that sessions are held in, whether or not they are switched on. */
  readonly sessionScopes: Places;
  /** What each agent may use, by agent id as given. */
  readonly agentTools: Recent<string, AgentTools>;
  readonly sectionTools: Memo<SectionTools>;
}

/** Scopes by channel, then by account id. */
export type Places = Recent<unknown, Recent<unknown, Scope>>;

/** Compiles `root` as it is. The caller promises not to change it while the result is in use. */
export function compileInPlace(root: unknown): CompiledConfig {
  return {
    root,
    senderLists: new Memo(),
    patterns: new Memo(),
    keyIndexes: new Memo(),
    identityLinks: new Memo(),
    nameSets: new Memo(),
    toolLists: new Memo(),
    openScopes: new Recent(),
    sessionScopes: new Recent(),
    agentTools: new Recent(),
    sectionTools: new Memo(),
  };
}

/** Compiles a private, frozen copy of `config`, so that later changes to it have no effect. */
export function compileConfig(config: unknown): CompiledConfig {
  try {
    return compileInPlace(copy(config, 0));
  } catch {
    return compileInPlace(null);
  }
}

/** Deeper than any real config, and shallow enough for the stack. A cyclic value ends here too. */
const MAX_DEPTH = 100;

function copy(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('config is nested too deeply');
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (entry: unknown) => copy(entry, depth + 1)));
  }
  if (!isObject(value)) return value;
  // Object.fromEntries defines own properties, also for a key such as `__proto__`.
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copy(entry, depth + 1)])),
  );
}
