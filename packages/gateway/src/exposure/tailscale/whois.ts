/**
 * Asks tailscaled whose device an address of the tailnet is.
 *
 * Promises: at most four questions at a time and a few hundred remembered answers, whoever asks;
 * no answer means nobody.
 *
 * @module
 */
import { isIP } from 'node:net';

import type { TailscaleProgram } from './program.ts';
import { parseReport, readLogin } from './reports.ts';

const ASK_MS = 2000;
const KNOWN_MS = 30_000;
const UNKNOWN_MS = 3000;
const REMEMBERED = 256;
const AT_ONCE = 4;

interface Answer {
  readonly login: Promise<string | undefined>;
  until: number;
}

/** Asks, and remembers for a short time. */
export class Whois {
  readonly #program: Pick<TailscaleProgram, 'run'>;
  readonly #now: () => number;
  readonly #answers: Map<string, Answer> = new Map();
  #asking = 0;

  constructor(program: Pick<TailscaleProgram, 'run'>, now: () => number = () => performance.now()) {
    this.#program = program;
    this.#now = now;
  }

  /** The login of whoever has the address; undefined for nobody, or when it cannot be told. */
  login(address: string): Promise<string | undefined> {
    if (!isTailnetAddress(address)) return Promise.resolve(undefined);
    const known = this.#answers.get(address);
    if (known !== undefined && this.#now() < known.until) return known.login;
    if (this.#asking >= AT_ONCE) return Promise.resolve(undefined);
    if (this.#answers.size >= REMEMBERED) this.#forget();
    const answer: Answer = { login: this.#ask(address), until: this.#now() + KNOWN_MS };
    this.#answers.delete(address);
    this.#answers.set(address, answer);
    void answer.login.then((login) => {
      if (login === undefined) answer.until = this.#now() + UNKNOWN_MS;
    });
    return answer.login;
  }

  async #ask(address: string): Promise<string | undefined> {
    this.#asking += 1;
    try {
      const ran = await this.#program.run(['whois', '--json', address], ASK_MS);
      return ran.ok ? readLogin(parseReport(ran.stdout)) : undefined;
    } finally {
      this.#asking -= 1;
    }
  }

  #forget(): void {
    const oldest = this.#answers.keys().next().value;
    if (oldest !== undefined) this.#answers.delete(oldest);
  }
}

/** Whether an address is one that Tailscale gives out. */
export function isTailnetAddress(address: string): boolean {
  if (isIP(address) === 4) {
    const [first, second = 0] = address.split('.').map(Number);
    return first === 100 && second >= 64 && second < 128;
  }
  return isIP(address) === 6 && address.toLowerCase().startsWith('fd7a:115c:a1e0:');
}
