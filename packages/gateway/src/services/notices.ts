/**
 * What happens in the gateway, as it is told to everybody who listens.
 *
 * @module
 */
import type { JobRun } from '@portcullis/core';

import type { ApprovalItem } from './approvals.ts';
import type { NodeRequestItem } from './nodes.ts';
import type { CriticalFinding } from './posture.ts';
import type { QuestionItem } from './questions.ts';
import type { TranscriptMessage } from './transcripts.ts';

/** What the gateway tells everybody who listens. */
export type GatewayNotice =
  | {
      readonly type: 'chat';
      readonly runId: string;
      readonly sessionKey: string;
      readonly agentId: string;
      /** Per run, from 1, rising. */
      readonly seq: number;
      readonly state: 'delta' | 'final' | 'aborted' | 'error';
      /** For `delta`: what is new. */
      readonly deltaText?: string;
      /**
       * For `delta`: the answer may still be withheld from whoever asked, since the session knows
       * something that is not his. Operators see sessions as they are.
       */
      readonly unsettled?: true;
      /** The whole text so far (delta) or at the end. */
      readonly text?: string;
      readonly stopReason?: string;
      readonly errorMessage?: string;
      readonly errorKind?: 'refusal' | 'timeout' | 'rate_limit' | 'context_length' | 'unknown';
      readonly usage?: { readonly input?: number; readonly output?: number };
    }
  | {
      readonly type: 'lifecycle';
      readonly runId: string;
      readonly sessionKey: string;
      readonly agentId: string;
      readonly seq: number;
      readonly phase: 'start' | 'end' | 'error';
    }
  | {
      readonly type: 'session';
      readonly sessionKey: string;
      readonly agentId: string;
      readonly reason: 'input' | 'start' | 'end' | 'create' | 'reset' | 'delete' | 'patch';
    }
  | {
      readonly type: 'message';
      readonly sessionKey: string;
      readonly agentId: string;
      readonly message: TranscriptMessage;
    }
  | {
      readonly type: 'approval';
      readonly phase: 'requested' | 'resolved';
      readonly approval: ApprovalItem;
    }
  | {
      readonly type: 'question';
      readonly phase: 'requested' | 'resolved';
      readonly question: QuestionItem;
    }
  | {
      readonly type: 'cron';
      readonly action: 'added' | 'updated' | 'removed' | 'started' | 'finished';
      readonly jobId: string;
      readonly at: number;
      /** For `finished`. */
      readonly run?: JobRun;
    }
  /** Another config is in force. */
  | { readonly type: 'config' }
  /** An audit found something critical that was not there before. */
  | {
      readonly type: 'security';
      readonly at: number;
      readonly critical: readonly CriticalFinding[];
    }
  | {
      readonly type: 'node';
      readonly phase: 'connected' | 'disconnected';
      readonly nodeId: string;
      readonly at: number;
    }
  | { readonly type: 'node'; readonly phase: 'requested'; readonly request: NodeRequestItem }
  | {
      readonly type: 'node';
      readonly phase: 'approved' | 'rejected';
      readonly requestId: string;
      readonly nodeId: string;
      readonly at: number;
    }
  | { readonly type: 'shutdown'; readonly reason: string };
