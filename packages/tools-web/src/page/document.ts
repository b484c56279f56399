/**
 * The little of a document that reading a page needs, and a parser that makes it. Nothing in it runs
 * and nothing it names is loaded.
 *
 * @module
 */
import { parseHTML } from 'linkedom';

import { webUrl } from './address.ts';

/** A node of a page. */
export interface PageNode {
  readonly nodeType: number;
  readonly textContent: string | null;
  readonly firstChild: PageNode | null;
  readonly nextSibling: PageNode | null;
  readonly parentNode: PageNode | null;
}

/** An element of a page. */
export interface PageElement extends PageNode {
  readonly localName: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  hasAttribute(name: string): boolean;
  remove(): void;
}

/** A page. */
export interface PageDocument extends PageNode {
  readonly documentElement: PageElement | null;
  readonly body: PageElement | null;
}

/** Builds a document; give it scanned markup only. */
export function parsePage(html: string): PageDocument {
  const whole = /<html[\s>]/iu.test(html.slice(0, 2000))
    ? html
    : `<html><head></head><body>${html}</body></html>`;
  const { document } = parseHTML(whole) as unknown as { readonly document: PageDocument };
  return document;
}

const ELEMENT = 1;

/** Every element of the page below `html`, in order, without recursion. */
export function elementsOf({ documentElement: root }: PageDocument): readonly PageElement[] {
  const found: PageElement[] = [];
  if (root === null) return found;
  let node: PageNode | null = root.firstChild;
  while (node !== null) {
    if (node.nodeType === ELEMENT) found.push(node as PageElement);
    let next: PageNode | null = node.firstChild ?? node.nextSibling;
    let up: PageNode | null = node;
    while (next === null && up !== null && up !== root) {
      up = up.parentNode;
      next = up === null || up === root ? null : up.nextSibling;
    }
    node = next;
  }
  return found;
}

const HIDDEN_STYLE =
  /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0(?:\D|$)/iu;
const NEVER: ReadonlySet<string> = new Set(
  'script style template noscript iframe object embed svg math canvas audio video link meta'.split(
    ' ',
  ),
);

/**
 * Takes out what a reader would not see, and leaves links and pictures that lead to the web only,
 * spelled in full. Gives the title, which is taken out too, wherever it stood.
 */
export function cleanPage(document: PageDocument, url: string): string {
  const all = elementsOf(document);
  const base = baseOf(all, url);
  const titles = all.filter(({ localName }) => localName === 'title');
  const title = titles[0]?.textContent ?? '';
  for (const element of titles) element.remove();
  for (const element of all) {
    if (NEVER.has(element.localName) && element.localName !== 'meta') element.remove();
    else if (isHidden(element)) element.remove();
    else for (const name of ['href', 'src']) absolute(element, name, base);
  }
  return title;
}

function isHidden(element: PageElement): boolean {
  return (
    element.hasAttribute('hidden') ||
    element.getAttribute('aria-hidden') === 'true' ||
    HIDDEN_STYLE.test(element.getAttribute('style') ?? '')
  );
}

function baseOf(elements: readonly PageElement[], url: string): string {
  const base = elements.find(({ localName }) => localName === 'base')?.getAttribute('href') ?? '';
  return webUrl(base, url) ?? url;
}

function absolute(element: PageElement, name: string, base: string): void {
  const value = element.getAttribute(name);
  if (value === null) return;
  const url = webUrl(value, base);
  if (url === undefined) element.removeAttribute(name);
  else element.setAttribute(name, url);
}
