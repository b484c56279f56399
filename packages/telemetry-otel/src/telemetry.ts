/**
 * Listens to the work of the gateway and tells an OpenTelemetry collector.
 *
 * Promises: ids, codes, numbers and names of tools and methods only; a collector that is slow, full
 * or gone costs the gateway nothing but dropped spans.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';

import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  defaultTextMapGetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { PortcullisError, type Secret, TRACE_CHANNEL, type TracedWork } from '@portcullis/core';

import { tracesUrl } from './endpoint.ts';

/** How traces are sent. */
export interface TelemetryOptions {
  /** Base address of the collector. Default `http://127.0.0.1:4318`. */
  readonly endpoint?: string;
  /** Address for traces, where it is not `<endpoint>/v1/traces`. */
  readonly tracesEndpoint?: string;
  /** Sent along with each request. */
  readonly headers?: Readonly<Record<string, Secret>>;
  /** Default `portcullis`. */
  readonly serviceName?: string;
  readonly serviceVersion: string;
  /** Share of the traces that is kept, 0 to 1. Default 1. */
  readonly sampleRate?: number;
  /** Longest time a span waits to be sent. Default 5,000 ms. */
  readonly flushIntervalMs?: number;
}

/** Telemetry that runs. */
export interface Telemetry {
  /** Sends what is left, for at most `budgetMs`, and stops listening. */
  close(budgetMs?: number): Promise<void>;
}

const KINDS: Readonly<Record<string, SpanKind>> = {
  'gateway.method': SpanKind.SERVER,
  'model.request': SpanKind.CLIENT,
  'outbox.send': SpanKind.PRODUCER,
};

/** Time for one request to the collector. */
const EXPORT_TIMEOUT_MS = 5000;

/** Work as the tracing channel hands it to listeners. */
type Traced = TracedWork & { readonly error?: unknown };

function attributes(facts: TracedWork['facts']): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [`portcullis.${name}`, value]),
  );
}

/** Only the code: what an error says may hold anything. */
function codeOf(error: unknown): string {
  return PortcullisError.is(error) ? error.code : 'unexpected';
}

function createProvider(options: TelemetryOptions): TracerProvider {
  const { headers = {}, serviceName = 'portcullis', serviceVersion } = options;
  const { sampleRate = 1, flushIntervalMs = 5000 } = options;
  const exporter = new OTLPTraceExporter({
    url: tracesUrl(options.endpoint, options.tracesEndpoint),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, secret]) => [name, secret.reveal()]),
    ),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': serviceVersion,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRate) }),
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: flushIntervalMs })],
  });
}

/**
 * Starts to listen and to send. Throws `telemetry.endpoint` for an address that is not https and
 * not on this machine.
 *
 * @example
 * ```ts
 * const telemetry = startTelemetry({ serviceVersion: '1.0.0' });
 * await telemetry.close();
 * ```
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const provider = createProvider(options);
  const tracer = provider.getTracer('portcullis', options.serviceVersion);
  const propagator = new W3CTraceContextPropagator();
  const active = new AsyncLocalStorage<Context>();
  const spans = new WeakMap<TracedWork, Span>();
  const channel = tracingChannel<Context, TracedWork>(TRACE_CHANNEL);

  const remote = (traceparent: string | undefined): Context =>
    traceparent === undefined
      ? ROOT_CONTEXT
      : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
  const listeners = {
    start: () => undefined,
    end: () => undefined,
    asyncStart: () => undefined,
    error: (work: Traced) => {
      spans.get(work)?.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(work.error) });
    },
    asyncEnd: (work: Traced) => {
      spans.get(work)?.setAttributes(attributes(work.found)).end();
    },
  };
  channel.start.bindStore(active, (work) => {
    const around = active.getStore() ?? remote(work.parent);
    const kind = KINDS[work.name] ?? SpanKind.INTERNAL;
    const span = tracer.startSpan(work.name, { kind, attributes: attributes(work.facts) }, around);
    spans.set(work, span);
    return trace.setSpan(around, span);
  });
  channel.subscribe(listeners);
  return {
    close: async (budgetMs = 2000) => {
      channel.start.unbindStore(active);
      channel.unsubscribe(listeners);
      const late = new Promise<void>((resolve) => setTimeout(resolve, budgetMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}
