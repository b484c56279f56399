/**
 * The browser as an agent's tool drives it, and what a package must offer to provide one.
 *
 * A tool asks the {@link BrowserBroker}; the gateway decides, writes down and only then lets the
 * {@link BrowserDriver} act. A driver decides nothing: for every document it is about to load it asks
 * the {@link BrowserDoor} it was handed.
 *
 * @module
 */

/** What only looks, or goes somewhere. */
export type BrowserLook =
  | { readonly action: 'open' | 'navigate'; readonly url: string; readonly tab?: string }
  | { readonly action: 'status' | 'start' | 'stop' | 'tabs' }
  | {
      readonly action: 'snapshot' | 'screenshot' | 'console' | 'pdf' | 'focus' | 'close';
      readonly tab?: string;
    };

/** What changes a page, or tells it something. `target` is an element as the last snapshot named it. */
export type BrowserAct =
  | {
      readonly action: 'click' | 'hover' | 'press';
      readonly tab?: string;
      readonly target?: string;
      readonly key?: string;
    }
  | {
      readonly action: 'type' | 'select';
      readonly tab?: string;
      readonly target: string;
      readonly text: string;
    }
  | {
      readonly action: 'upload';
      readonly tab?: string;
      readonly target: string;
      readonly name: string;
      readonly bytes: Uint8Array;
    }
  | { readonly action: 'evaluate'; readonly tab?: string; readonly script: string }
  | {
      readonly action: 'dialog';
      readonly tab?: string;
      readonly accept: boolean;
      readonly text?: string;
    };

/** Something to do with the browser. */
export type BrowserRequest = BrowserLook | BrowserAct;

/** What came of it. */
export interface BrowserResult {
  /** The tab it was done in. */
  readonly tab?: string;
  /** Where that tab is now. */
  readonly url?: string;
  /** What there is to read: a snapshot, the console, a list of tabs, the value of a script. */
  readonly text?: string;
  /** A picture or document. */
  readonly file?: { readonly mimeType: string; readonly bytes: Uint8Array };
}

/**
 * The browser. Everything is decided before it happens: whether the action may be taken, whether the
 * session may tell the page something, and every address it goes to.
 *
 * Throws `browser.unavailable` where no package provides one, and the codes of refusals.
 */
export interface BrowserBroker {
  perform(request: BrowserRequest): Promise<BrowserResult>;
}

/** Where a driver asks before it loads anything. */
export interface BrowserDoor {
  /**
   * Asks about a document: the one asked for, each redirect (`hop` counts them), each frame, each new
   * window, whoever or whatever wants it. Resolves with the addresses the connection may go to, none
   * for `about:blank`. What it rejects must not be loaded.
   */
  visit(url: string, hop?: number): Promise<readonly string[]>;
}

/** A browser that a package provides. One at most is registered. */
export interface BrowserDriver {
  readonly id: string;
  /**
   * Does what was decided, in the session's own browser context: no profile, cookie or storage is
   * shared between sessions.
   */
  perform(
    request: BrowserRequest,
    place: {
      readonly sessionKey: string;
      readonly door: BrowserDoor;
      readonly signal: AbortSignal;
    },
  ): Promise<BrowserResult>;
  /** Where a tab is, undefined for none: what is done in it is judged by that. */
  location(sessionKey: string, tab?: string): Promise<string | undefined>;
  /** Ends what a session has open. */
  endSession(sessionKey: string): Promise<void>;
}
