/**
 * A gateway inside a program: started, asked and stopped from its own code.
 */
import type { Plugin } from '@portcullis/core';
import { type RunningGateway, createGateway } from '@portcullis/gateway';
import models, { ConfiguredModels } from '@portcullis/models';
import { openSqliteStore } from '@portcullis/store-sqlite';

/** How the assistant is set up. */
export interface AssistantOptions {
  /** Where the gateway keeps its state. */
  readonly stateDir: string;
  /** What the agent may use beside talking. */
  readonly plugins: readonly Plugin[];
  /** The config to begin with. */
  readonly config: object;
}

/** An assistant that answers this program. */
export interface Assistant {
  readonly gateway: RunningGateway;
  /** Asks the agent and resolves with its answer. `id` makes a repeated question one question. */
  ask(id: string, question: string): Promise<string>;
}

/** Starts the assistant. */
export async function startAssistant(options: AssistantOptions): Promise<Assistant> {
  const gateway = await createGateway({
    stateDir: options.stateDir,
    firstConfig: JSON.stringify(options.config, null, 2),
    openStore: openSqliteStore,
    plugins: [models, ...options.plugins],
    models: (parts) => new ConfiguredModels(parts),
    port: 0,
  });
  return {
    gateway,
    ask: async (id, question) => {
      await gateway.call('chat.send', {
        sessionKey: 'main',
        message: question,
        idempotencyKey: id,
      });
      await gateway.call('agent.wait', { runId: id, timeoutMs: 60_000 });
      const page = await gateway.call('chat.history', { sessionKey: 'main', limit: 1 });
      const content = ('messages' in page ? page.messages : []).at(-1)?.content ?? '';
      if (typeof content === 'string') return content;
      return content.map((part) => ('text' in part ? part.text : '')).join('');
    },
  };
}
