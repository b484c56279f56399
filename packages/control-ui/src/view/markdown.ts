/**
 * Markdown of the model as safe elements.
 *
 * The model is assumed to be controlled by an attacker. Its text becomes formatting and links that
 * say where they lead, and nothing else: no HTML of its own, no images from elsewhere (each would
 * be a request that carries data away), no links that run something.
 *
 * @module
 */
import createPurifier from 'dompurify';
import { Marked } from 'marked';

const TAGS =
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul';
const ATTRIBUTES = ['href', 'title', 'start', 'align'];
const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // HTML is shown as the text it is.
    html: ({ text }) => escape(text),
    // An image is shown as a link to it; nothing is loaded before somebody asks for it.
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text === '' ? href : text)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

/** Turns markdown into elements that are safe to put on the page. */
export function renderMarkdown(text: string): DocumentFragment {
  const html = marked.parse(text, { async: false });
  const fragment = createPurifier.sanitize(html, {
    ALLOWED_TAGS: TAGS.split(' '),
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) guardLink(link);
  // A wide table scrolls by itself, also with the keyboard.
  for (const wide of fragment.querySelectorAll('table, pre')) wide.setAttribute('tabindex', '0');
  return fragment;
}

/** Keeps a link that leads to another place, and makes it tell that place nothing about us. */
function guardLink(link: HTMLAnchorElement): void {
  const href = link.getAttribute('href') ?? '';
  if (!URL.canParse(href) || !PROTOCOLS.has(new URL(href).protocol)) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow';
}
