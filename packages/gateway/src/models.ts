/**
 * Which model answers for which agent. The composition root provides it, so that the gateway never
 * imports a model library.
 *
 * @module
 */
import type { Model } from '@portcullis/core';

import type { ModelReport } from './services.ts';

/** The models of a gateway. */
export interface Models {
  /** The model of an agent, with its fallbacks behind it. Throws `model.*` when none can be made. */
  forAgent(agentId: string): Model;
  report(): ModelReport;
}
