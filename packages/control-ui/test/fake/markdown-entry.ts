/**
 * Puts the page's markdown renderer on the window, for tests in a real browser.
 *
 * @module
 */
import { renderMarkdown } from '../../src/view/markdown.ts';

Object.assign(globalThis, { renderMarkdown });
