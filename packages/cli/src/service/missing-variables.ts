/**
 * Which variables of this shell a gateway would miss as a service.
 *
 * @module
 */
import { type LoadedConfig, getPath, isConfigObject } from '@portcullis/gateway/config';

/** Variables that count without being named, and the key that takes their place. */
const STAND_INS: readonly (readonly [variable: string, key: string, needs: string])[] = [
  ['OPENCLAW_GATEWAY_TOKEN', 'gateway.auth.token', ''],
  ['OPENCLAW_GATEWAY_PASSWORD', 'gateway.auth.password', ''],
  ['TELEGRAM_BOT_TOKEN', 'channels.telegram.botToken', 'channels.telegram'],
];

/** Keys of providers that need no entry in the config. */
const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
};

/**
 * The names of variables that the config uses, that are there now, and that are not there for the
 * service.
 *
 * @param now the config as it is here.
 * @param then the same config with the variables of the service.
 */
export function missingVariables(now: LoadedConfig, then: LoadedConfig): readonly string[] {
  const used = [
    ...then.unavailable.map(({ variable }) => variable),
    ...referencesIn(now.value),
    ...standInsOf(now),
    ...providersOf(now),
  ];
  const isMissing = (name: string): boolean =>
    (now.env[name] ?? '') !== '' && (then.env[name] ?? '') === '';
  return [...new Set(used.filter(isMissing))].toSorted();
}

/** SecretRefs with `source: "env"`, wherever they stand. */
function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  const { source, id } = { source: undefined, id: undefined, ...value };
  const own = source === 'env' && typeof id === 'string' ? [id] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

function standInsOf({ value }: LoadedConfig): readonly string[] {
  return STAND_INS.filter(
    ([, key, needs]) =>
      getPath(value, key) === undefined && (needs === '' || isConfigObject(getPath(value, needs))),
  ).map(([variable]) => variable);
}

function providersOf({ value }: LoadedConfig): readonly string[] {
  const agents = JSON.stringify(value['agents'] ?? {});
  return Object.entries(PROVIDERS)
    .filter(
      ([provider]) =>
        agents.includes(`"${provider}/`) &&
        getPath(value, `models.providers.${provider}.apiKey`) === undefined,
    )
    .map(([, variable]) => variable);
}
