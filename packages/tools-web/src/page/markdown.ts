/**
 * A part of a page as Markdown.
 *
 * @module
 */
import Turndown from 'turndown';

import type { PageElement, PageNode } from './document.ts';

/** Writes an element as Markdown. Clean the page first. */
export function toMarkdown(root: PageNode): string {
  const service = new Turndown({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '*',
  });
  service.addRule('picture', {
    filter: 'img',
    replacement: (_content, node) => picture(node as unknown as PageElement),
  });
  service.addRule('nameless link', {
    filter: (node) => {
      const element = node as unknown as PageElement;
      return element.localName === 'a' && !element.hasAttribute('href');
    },
    replacement: (content) => content,
  });
  service.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (content) => ` ${content.replaceAll(/\s*\n\s*/gu, ' ').trim()} |`,
  });
  service.addRule('row', {
    filter: 'tr',
    replacement: (content) => (content.trim() === '' ? '' : `\n|${content}`),
  });
  const text = service.turndown(root as unknown as Turndown.Node);
  return text.replaceAll(/\n{3,}/gu, '\n\n').trim();
}

function picture(element: PageElement): string {
  const alt = (element.getAttribute('alt') ?? '').replaceAll(/[[\]\s]+/gu, ' ').trim();
  const source = element.getAttribute('src');
  if (source === null) return alt === '' ? '' : `[${alt}]`;
  return `![${alt}](${source.replaceAll(/[()\s]/gu, encodeMark)})`;
}

function encodeMark(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
