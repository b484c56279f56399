/**
 * What is known about the settings of a config: which way each opens, and what that means.
 *
 * @module
 */
import type { KeyPath } from '../changed-key.ts';
import { type Order, plain, unknown } from './order.ts';

/** What is known about one setting, or about all that a pattern stands for. */
export interface Rule {
  /** Keys, joined by dots: `*` stands for one key, `**` for any keys that follow. */
  readonly path: string;
  readonly order: Order;
  /** What more of it means, as the end of a sentence. */
  readonly says: string;
  /** Why only somebody at this machine may set it. Absent: every operator may. */
  readonly local?: string;
}

/** A row of the table. */
export function rule(path: string, order: Order, says = ''): Rule {
  return { path, order, says };
}

/** The same rules below another section. */
export function below(section: string, rules: readonly Rule[]): readonly Rule[] {
  return rules.map((each) => ({ ...each, path: `${section}.${each.path}` }));
}

interface Node {
  readonly children: Map<string, Node>;
  rule: Rule | undefined;
}

/** What holds where no rule does: nobody knows what it opens. */
const NO_RULE: Omit<Rule, 'path'> = { order: unknown, says: 'what it opens is not known' };
/** What holds for a section that is there or not, with nothing in it. */
const SECTION: Omit<Rule, 'path'> = { order: plain, says: '' };

/** A table of rules; of two that fit, the one that names more keys counts. */
export class Rules {
  readonly #root: Node = { children: new Map(), rule: undefined };

  constructor(rules: readonly Rule[]) {
    for (const each of rules) {
      let node = this.#root;
      for (const segment of each.path.split('.')) {
        const next = node.children.get(segment) ?? { children: new Map(), rule: undefined };
        node.children.set(segment, next);
        node = next;
      }
      node.rule = each;
    }
  }

  /** The rule for a setting. `isSection` says that it is one without anything in it. */
  find(path: KeyPath, isSection: boolean): Omit<Rule, 'path'> {
    const found = descend(this.#root, path);
    if (found === 'inside') return isSection ? SECTION : NO_RULE;
    return found ?? NO_RULE;
  }

  /** Whether a rule speaks of what stands at a path itself, and not only of what is below it. */
  names(path: KeyPath): boolean {
    const found = descend(this.#root, path);
    return found !== undefined && found !== 'inside';
  }

  /** Whether some rule speaks of this setting. */
  covers(path: KeyPath): boolean {
    return descend(this.#root, path) !== undefined;
  }
}

/** The rule at `path`; `inside` where rules exist further down only. */
function descend(node: Node, path: KeyPath): Rule | 'inside' | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return node.rule ?? node.children.get('**')?.rule ?? 'inside';
  const children = [node.children.get(segment), node.children.get('*')];
  for (const child of children) {
    const found = child === undefined ? undefined : descend(child, rest);
    if (found !== undefined) return found;
  }
  return node.children.get('**')?.rule;
}
