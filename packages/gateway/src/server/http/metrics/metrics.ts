/**
 * What `/metrics` tells: counts of what happened since the gateway started, and how things are now.
 * Nothing is counted while the endpoint is off.
 *
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { getPath } from '../../../config/index.ts';
import type { GatewayNotice, Services } from '../../../services.ts';
import { AuditCounts } from './audit-counts.ts';
import { Counter, type Metric, type Sample, exposition } from './series.ts';

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

/** How often the audit log is read, so that no scrape has much to read. */
const CATCH_UP_MS = 10_000;

/** What is told beside what the services know. */
export interface MetricSources {
  readonly services: Services;
  /** What is not ready yet. */
  readonly failing: () => readonly string[];
  /** Authenticated connections. */
  readonly connections: () => number;
}

/** Whether the operator switched metrics on. */
export function isMeasured(services: Services): boolean {
  return getPath(services.config().value, 'gateway.http.metrics.enabled') === true;
}

/** The metrics of one server. */
export class Metrics {
  readonly #sources: MetricSources;
  readonly #audit: AuditCounts;
  readonly #requests = new Counter('http_requests_total', 'HTTP requests, by route and status.');
  readonly #replies = new Counter('model_replies_total', 'Answers of models, by model.');
  readonly #tokens = new Counter('model_tokens_total', 'Tokens models read and wrote, by model.');
  readonly #stops: (() => void)[];
  #delay: LoopDelay | undefined;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    const { services } = sources;
    this.#audit = new AuditCounts(services.audit);
    const timer = setInterval(() => void this.#catchUp(), CATCH_UP_MS).unref();
    this.#stops = [() => clearInterval(timer), services.listen((notice) => this.#take(notice))];
    void this.#catchUp();
  }

  /** Counts a request. `route` is a path of the table of routes, or the kind of thing it met. */
  requested(route: string, status: number): void {
    if (isMeasured(this.#sources.services)) this.#requests.add({ route, status: String(status) });
  }

  /** Everything, as text. */
  async text(): Promise<string> {
    await this.#audit.catchUp();
    const { services } = this.#sources;
    const load = await services.load.report();
    const gauges: readonly Metric[] = [
      gauge('info', 'The version that runs.', [
        { labels: { version: services.version }, value: 1 },
      ]),
      gauge('start_time_seconds', 'When the gateway started.', [
        { value: services.startedAt / 1000 },
      ]),
      gauge('ready', 'Whether the gateway can work.', [
        { value: this.#sources.failing().length === 0 ? 1 : 0 },
      ]),
      gauge('connections', 'Clients that are connected.', [{ value: this.#sources.connections() }]),
      gauge('inbox_events', 'Accepted events that are not done.', states(load.inbox)),
      gauge('outbox_messages', 'Messages that are not sent for sure.', states(load.outbox)),
      gauge('turns', 'Turns that are not done.', states(load.turns)),
      gauge('channel_up', 'Whether a channel account is connected.', channelSamples(services)),
    ];
    const counters = [this.#requests, this.#replies, this.#tokens].map(({ metric }) => metric);
    return exposition([
      ...gauges,
      ...this.#audit.metrics,
      attempts(services),
      ...counters,
      ...processMetrics(this.#loopDelay()),
    ]);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#delay?.disable();
  }

  async #catchUp(): Promise<void> {
    const { services } = this.#sources;
    if (!isMeasured(services)) return;
    this.#loopDelay();
    await this.#audit.catchUp().catch((error: unknown) => {
      services.log.warn({ err: error }, 'metrics: the audit log could not be read');
    });
  }

  /** Watched from the first look on: watching wakes the process fifty times a second. */
  #loopDelay(): LoopDelay {
    if (this.#delay === undefined) {
      this.#delay = monitorEventLoopDelay({ resolution: 20 });
      this.#delay.enable();
    }
    return this.#delay;
  }

  #take(notice: GatewayNotice): void {
    if (notice.type !== 'message' || notice.message.role !== 'assistant') return;
    const { services } = this.#sources;
    if (!isMeasured(services)) return;
    const { model: told = '', usage } = notice.message;
    const report = services.models();
    const isKnown = report.active.includes(told) || report.models.some(({ id }) => id === told);
    // What a provider calls its model is text from outside.
    const model = isKnown ? told : 'other';
    this.#replies.add({ model });
    if (usage?.input !== undefined) this.#tokens.add({ model, direction: 'read' }, usage.input);
    if (usage?.output !== undefined) {
      this.#tokens.add({ model, direction: 'written' }, usage.output);
    }
  }
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}

function states(counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
}

function attempts({ attempts: { totals } }: Services): Metric {
  const samples = Object.entries(totals).map(([result, value]) => ({ labels: { result }, value }));
  return { name: 'auth_attempts_total', type: 'counter', help: 'Attempts to come in.', samples };
}

function channelSamples(services: Services): readonly Sample[] {
  return services.channels().map(({ channel, accountId, state }) => ({
    labels: { channel, account: accountId },
    value: state === 'connected' ? 1 : 0,
  }));
}

const NS = 1e9;

function processMetrics(delay: LoopDelay): readonly Metric[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const delays = [
    ['0.5', delay.percentile(50)],
    ['0.99', delay.percentile(99)],
    ['1', delay.max],
  ] as const;
  const samples = delays.map(([quantile, value]) => ({ labels: { quantile }, value: value / NS }));
  // Each scrape tells of the time since the one before it.
  delay.reset();
  return [
    gauge('resident_memory_bytes', 'Memory of the process.', [{ value: rss }]),
    gauge('heap_bytes', 'Memory of its JavaScript heap.', [{ value: heapUsed }]),
    gauge('external_bytes', 'Memory outside of it.', [{ value: external }]),
    {
      name: 'cpu_seconds_total',
      type: 'counter',
      help: 'Processor time.',
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge('event_loop_delay_seconds', 'How late timers are, since the last scrape.', samples),
  ];
}
