/**
 * Slack's message markup, as far as the fake must read it: who is notified, and what is shown.
 *
 * @module
 */

/** Users, groups and `channel`/`here`/`everyone` a text notifies. */
export function pingsIn(text: string): string[] {
  return [...text.matchAll(/<(?:@([UW][A-Z0-9]+)|!(?:subteam\^)?(\w+))(?:\|[^>]*)?>/gu)].map(
    ([, user, group]) => user ?? group ?? '',
  );
}

/** Whether a text mentions a user. */
export function mentions(text: string, userId: string): boolean {
  return pingsIn(text).includes(userId);
}

/** The words a reader sees: links by their label, entities resolved. */
export function shownText(text: string): string {
  return text
    .replaceAll(/<([^>|]*)\|([^>]*)>/gu, '$2')
    .replaceAll(/<([^>]*)>/gu, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
