/**
 * Options of OpenClaw's setup that this one does not take, each with the reason and the way there is.
 *
 * @module
 */

/** Providers whose key OpenClaw takes as an argument, and that are built in here. */
const BUILT_IN = ['anthropic', 'openai', 'openrouter'];

/** Providers that are reached here as any server of one's own. */
const OTHER_KEYS =
  'ai-gateway alibaba-model-studio arceeai baseten byteplus cerebras chutes clawrouter cloudflare-ai-gateway cohere comfy deepinfra deepseek fal featherless fireworks gemini gmi groq huggingface kilocode kimi-code litellm lmstudio longcat meta minimax mistral modelstudio modelstudio-standard moonshot novita nvidia ollama-cloud opencode-go opencode-zen pixverse qianfan qwen-token-plan radius runway stepfun stepfun-plan synthetic tencent together tokenhub tokenplan venice volcengine vydra xai xiaomi xiaomi-token-plan zai';

const TYPED =
  'A secret in an argument is in the history of the shell and in the list of processes.';
const SERVER =
  'This provider is not built in. Describe its server: --custom-base-url, --custom-model-id and --model-key-stdin.';
const REMOTE =
  'This command sets up a gateway on this machine. For one elsewhere: openclaw config set gateway.mode remote';
const IMPORT = 'Another installation is taken over by: openclaw doctor --import';
const SERVICE = 'The service is made by: openclaw gateway install';
const NO_TOKEN_LOGIN =
  'Models are reached with keys here: --model-key-stdin, --model-key-file or --model-key-env.';

function each(names: readonly string[], reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** By name, without the dashes. */
export const refusedOptions: Readonly<Record<string, string>> = {
  ...each(
    BUILT_IN.map((id) => `${id}-api-key`),
    `${TYPED} Use --model-key-stdin, --model-key-file or --model-key-env.`,
  ),
  ...each(
    ['custom-api-key'],
    `${TYPED} Use --model-key-stdin, --model-key-file or --model-key-env.`,
  ),
  ...each(
    OTHER_KEYS.split(' ').map((id) => `${id}-api-key`),
    SERVER,
  ),
  ...each(
    ['modelstudio-api-key-cn', 'modelstudio-standard-api-key-cn', 'qwen-token-plan-api-key-cn'],
    SERVER,
  ),
  ...each(['cloudflare-ai-gateway-account-id', 'cloudflare-ai-gateway-gateway-id'], SERVER),
  ...each(
    ['token', 'token-provider', 'token-profile-id', 'token-expires-in', 'github-copilot-token'],
    NO_TOKEN_LOGIN,
  ),
  ...each(['remote-url', 'remote-token', 'remote-password'], REMOTE),
  ...each(['import-from', 'import-source', 'import-secrets'], IMPORT),
  ...each(['install-daemon', 'daemon-runtime'], SERVICE),
  ...each(['reset', 'reset-scope'], 'Nothing is thrown away here. To start over: openclaw reset'),
  ...each(['node-manager'], 'Nothing is installed by this command.'),
  ...each(['agent-name', 'team'], 'Agents are described in the config: agents.entries.'),
  ...each(['custom-image-input', 'custom-text-input'], 'What a model takes is not stated here.'),
  ...each(['classic', 'modern', 'tui'], 'There is one guided setup: leave it out.'),
};
