/**
 * A route of the HTTP face, as data: where it is, who may ask, and what answers.
 *
 * Promises: there is no route without a say on who may ask, because a route without `access` is no
 * route; whoever asks is known and allowed before a byte of the body is read.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Logger } from '@portcullis/core';
import type { Scope } from '@portcullis/protocol';

import type { Services } from '../../services.ts';
import type { Door, Peer } from '../authority.ts';
import type { Answer } from './answer.ts';
import type { Assets } from './assets.ts';
import type { Busy } from './busy.ts';
import type { Doorkeepers, Standing } from './credentials.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Route } from './webhook.ts';

/** What HTTP requests are answered from. */
export interface HttpOptions extends Doorkeepers {
  readonly services: Services;
  /** Where the request came in. */
  readonly door: Door;
  /** The channel webhook at a path. */
  readonly route: (path: string) => Route | undefined;
  /** The Control UI, when it is served. */
  readonly assets?: Assets | undefined;
  readonly log: Logger;
  /** Somebody proved himself over this connection. */
  readonly vouch: (socket: Socket) => void;
  /** Requests of the API that are being answered. */
  readonly busy: Busy;
  readonly metrics: Metrics;
  /** What is not ready yet; empty when the gateway can work. */
  readonly failing: () => readonly string[];
}

/** A request that may be answered. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly peer: Peer;
  readonly options: HttpOptions;
  /** Aborts when the client goes before it has its answer. */
  readonly gone: AbortSignal;
}

/** A request of somebody who proved himself. */
export interface AskedBy extends Asked, Standing {
  /** The JSON of a POST; undefined for a GET. */
  readonly body: unknown;
}

/** An answer that is written piece by piece. */
export interface Streamed {
  /** Writes head and body, and ends the response. */
  readonly stream: (response: ServerResponse) => Promise<void>;
}

/** What comes of a request. */
export type Reply = Answer | Streamed;

interface Place {
  /** Every spelling of its path. */
  readonly paths: readonly string[];
  /** `HEAD` is answered wherever `GET` is. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** A route that is off is not there: 404 for everybody. Default: on. */
  readonly isOn?: (options: HttpOptions) => boolean;
  /** Most bytes of a body. Default 2 MB. */
  readonly maxBytes?: number;
}

/** A route anybody may ask. */
export interface OpenRoute extends Place {
  readonly access: 'anybody';
  readonly answer: (asked: Asked) => Promise<Reply> | Reply;
}

/** A route for whoever proves himself and holds a scope. */
export interface ScopedRoute extends Place {
  readonly access: Scope;
  readonly answer: (asked: AskedBy) => Promise<Reply> | Reply;
}

/** A route of the HTTP face. */
export type HttpRoute = OpenRoute | ScopedRoute;
