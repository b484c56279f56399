/**
 * The readable part of a page.
 *
 * @module
 */
import { Readability } from '@mozilla/readability';

import { type PageDocument, type PageNode, cleanPage, parsePage } from './document.ts';
import { toMarkdown } from './markdown.ts';
import { type ScannedMarkup, scanMarkup } from './markup.ts';

/** What a page says. */
export interface Article {
  readonly title: string;
  readonly text: string;
  /** True when the page was too odd to be built, and its words were taken as they come. */
  readonly plain: boolean;
}

/** Most characters of markup that are looked at. */
const MAX_MARKUP = 2_000_000;
/** Of a page with more elements all is taken: judging its parts would take too long. */
const MAX_JUDGED = 8000;
/** An extract shorter than this is likely the wrong part of the page. */
const MIN_ARTICLE = 140;

/**
 * Reads a page. Never throws: what cannot be built is read word by word.
 *
 * @param url Where the page is, for its links.
 */
export function readArticle(source: string, url: string, form: 'markdown' | 'text'): Article {
  const scanned = scanMarkup(source.slice(0, MAX_MARKUP));
  if (!scanned.sane) return { title: '', text: scanned.text, plain: true };
  try {
    const { document, title } = built(scanned, url);
    const main = scanned.elements > MAX_JUDGED ? undefined : mainPart(document);
    if (form === 'text') return { title, text: textOf(main) ?? scanned.text, plain: false };
    // Finding the main part took the first document apart.
    const part = main ?? built(scanned, url).document.body;
    return { title, text: part === null ? scanned.text : toMarkdown(part), plain: false };
  } catch {
    return { title: '', text: scanned.text, plain: true };
  }
}

interface Built {
  readonly document: PageDocument;
  readonly title: string;
}

function built({ html }: ScannedMarkup, url: string): Built {
  const document = parsePage(html);
  return { document, title: cleanPage(document, url) };
}

/** The part that is read, where there is one. Takes the document apart. */
function mainPart(document: PageDocument): PageNode | undefined {
  const reader = new Readability<PageNode>(document as never, {
    disableJSONLD: true,
    serializer: (node) => node as unknown as PageNode,
  });
  const article = reader.parse();
  const length = article?.textContent?.trim().length ?? 0;
  return length < MIN_ARTICLE ? undefined : (article?.content ?? undefined);
}

/** The words of a part with a line per block. */
function textOf(part: PageNode | undefined): string | undefined {
  if (part === undefined) return undefined;
  const { outerHTML } = part as unknown as { readonly outerHTML: string };
  return scanMarkup(outerHTML).text;
}
