/**
 * A page of the security guide as the things its reader does, from the top down.
 *
 * @module
 */
import { blocksOf } from '../../repo/rules/readmes.ts';

/** One thing a reader does. */
export type Step =
  /** Makes this his config. */
  | { readonly kind: 'config'; readonly line: number; readonly text: string }
  /** Runs this line. */
  | { readonly kind: 'run'; readonly line: number; readonly command: string }
  /** Runs this line and compares what it prints. `text` is the whole block. */
  | {
      readonly kind: 'shown';
      readonly line: number;
      readonly command: string;
      readonly text: string;
    };

/** The steps of a page. */
export function stepsOf(markdown: string): readonly Step[] {
  return blocksOf(new Map([['docs/page.md', markdown]])).flatMap(
    ({ language, line, text }): readonly Step[] => {
      if (language === 'json5') return [{ kind: 'config', line, text }];
      if (language === 'sh') {
        const commands = text.split('\n').filter((command) => command.trim() !== '');
        return commands.map((command) => ({ kind: 'run', line, command }));
      }
      const shown = /^\$ (openclaw .*)\n/u.exec(text)?.[1];
      return shown === undefined ? [] : [{ kind: 'shown', line, command: shown, text }];
    },
  );
}
