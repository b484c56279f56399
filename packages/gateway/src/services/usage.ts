/**
 * What models were used for.
 *
 * @module
 */

/** Tokens of the answers of one day, and what they cost. */
export interface UsageDay {
  /** `2026-11-22`, UTC. */
  readonly date: string;
  readonly input: number;
  readonly output: number;
  /** In the currency of the price list. */
  readonly inputCost: number;
  readonly outputCost: number;
  /** Answers of models that nobody gave a price. */
  readonly unpriced: number;
}

/** What models were used for. */
export interface UsageService {
  /**
   * Days on which an answer was given, oldest first, out of the transcripts that are kept. With
   * `agentId`: of the sessions of that agent as they are.
   */
  days(range: {
    readonly from: number;
    readonly until: number;
    readonly agentId?: string;
  }): Promise<readonly UsageDay[]>;
}
