/**
 * The shared token while the tab is open: in session storage, and nowhere else.
 *
 * @module
 */
const KEY = 'portcullis.token';

/** The token of this tab, or empty. */
export function readToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

/** Keeps a token until the tab is closed. An empty one is forgotten. */
export function keepToken(token: string): void {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

/**
 * Takes a token out of `#token=...` and removes it from the address at once, so that it is neither
 * in the history nor in what somebody copies from the address bar.
 */
export function takeTokenFromAddress(): string | undefined {
  const { hash, pathname, search } = globalThis.location;
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const token = fields.get('token');
  if (token === null) return undefined;
  globalThis.history.replaceState(null, '', pathname + search);
  return token;
}
