/**
 * Which servers an account may speak to.
 *
 * @module
 */

/** Whether a URL names this machine by a loopback address or `localhost`. */
export function isLoopbackUrl(url: URL): boolean {
  const host = url.hostname.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** What an endpoint may be. */
export interface EndpointRules {
  /** The option, for the sentence: `apiRoot`. */
  readonly key: string;
  /** The network's own address, without a slash at its end. Absent: it has no fixed one. */
  readonly official?: string;
  /** The scheme for the world and the one for this machine: `['https', 'http']`. */
  readonly schemes: readonly [secure: string, plain: string];
  /** `dangerouslyAllowEndpoint` is set: any server that is reached securely. */
  readonly anyServer: boolean;
}

/**
 * Why an endpoint is refused, in one sentence; undefined when it may be used.
 *
 * An endpoint receives the credentials of its account and every message, so it is the network's own
 * or one on this machine, unless somebody said that any server will do.
 */
export function endpointFault(value: string, rules: EndpointRules): string | undefined {
  const { key, official, schemes, anyServer } = rules;
  const [secure, plain] = schemes;
  if (!URL.canParse(value)) return `${key} must be a URL.`;
  const url = new URL(value);
  if (url.protocol !== `${secure}:` && url.protocol !== `${plain}:`) {
    return `${key} must be ${secure} or ${plain}.`;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return `${key} must have no user, query or fragment.`;
  }
  if (isLoopbackUrl(url) || url.href.replace(/\/+$/u, '') === official) return undefined;
  if (!anyServer) {
    return `${key} must be a loopback address: the server there receives the account's credentials and every message. Set dangerouslyAllowEndpoint to true for a server of your own.`;
  }
  return url.protocol === `${secure}:`
    ? undefined
    : `${key} must be ${secure} beyond this machine.`;
}
