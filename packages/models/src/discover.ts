/**
 * Looks for model servers on this machine.
 *
 * It only proposes. A server found here is used after a person confirmed it once, and no running
 * gateway switches to one by itself: anything on this machine can listen on these ports.
 *
 * @module
 */

/** Kinds of server that are looked for. */
export type LocalServerKind = 'ollama' | 'lmstudio' | 'llamacpp';

/** A server that answered. */
export interface LocalServer {
  readonly kind: LocalServerKind;
  /** What `models.providers.*.baseUrl` would be. */
  readonly baseUrl: string;
  /** Chat models it lists, at most 100; empty where it has none yet. */
  readonly models: readonly string[];
}

/** Options of {@link discoverLocalServers}. */
export interface DiscoverOptions {
  /** Ports other than the usual 11434, 1234 and 8080. */
  readonly ports?: Partial<Record<LocalServerKind, number>>;
  /** How long a server has to answer, in milliseconds. Default 300. */
  readonly timeoutMs?: number;
}

interface Probe {
  readonly kind: LocalServerKind;
  readonly port: number;
  readonly path: string;
  /** Where the list stands in the answer, and the name in an item. */
  readonly list: string;
  readonly name: string;
}

const PROBES: readonly Probe[] = [
  { kind: 'ollama', port: 11_434, path: '/api/tags', list: 'models', name: 'name' },
  { kind: 'lmstudio', port: 1234, path: '/v1/models', list: 'data', name: 'id' },
  { kind: 'llamacpp', port: 8080, path: '/v1/models', list: 'data', name: 'id' },
];

const BODY_LIMIT = 1_000_000;
const MODEL_LIMIT = 100;

/** Ids that can be shown and written to a config: no spaces, no control characters. */
const MODEL_ID = /^[\w.:/@+-]{1,200}$/;

/** Embedding models are listed beside chat models and cannot chat. */
const EMBEDDING = /embed|rerank/i;

async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    // Leaving the loop hangs up.
    if (text.length > BODY_LIMIT) return undefined;
  }
  return JSON.parse(text);
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

async function ask(
  probe: Probe,
  port: number,
  timeoutMs: number,
): Promise<LocalServer | undefined> {
  const origin = `http://127.0.0.1:${port}`;
  try {
    const response = await fetch(`${origin}${probe.path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const list = response.ok ? field(await readJson(response), probe.list) : undefined;
    if (!Array.isArray(list)) return undefined;
    const names = list.map((item: unknown) => field(item, probe.name));
    const models = names
      .filter((name) => typeof name === 'string')
      .filter((name) => MODEL_ID.test(name) && !EMBEDDING.test(name));
    return { kind: probe.kind, baseUrl: `${origin}/v1`, models: models.slice(0, MODEL_LIMIT) };
  } catch {
    // Nobody there, or something that is no model server: there is nothing to propose.
    return undefined;
  }
}

/**
 * Asks the usual ports of Ollama, LM Studio and llama.cpp on 127.0.0.1 for their models, all at
 * once. Never throws; what does not answer in time like a model server is left out.
 */
export async function discoverLocalServers(options: DiscoverOptions = {}): Promise<LocalServer[]> {
  const timeoutMs = options.timeoutMs ?? 300;
  const answers = await Promise.all(
    PROBES.map((probe) => ask(probe, options.ports?.[probe.kind] ?? probe.port, timeoutMs)),
  );
  return answers.filter((answer) => answer !== undefined);
}
