/**
 * A text of the model on the page.
 *
 * @module
 */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { renderMarkdown } from './markdown.ts';

/** Markdown, drawn at most once a frame while it grows. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const drawn = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const draw = (): void => {
      drawn.current = text;
      holder.current?.replaceChildren(renderMarkdown(text));
    };
    if (drawn.current === undefined) {
      draw();
      return undefined;
    }
    const frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [text]);
  return <div class="prose" ref={holder} />;
}
