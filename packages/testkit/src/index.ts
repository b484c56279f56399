/**
 * Contract suites and fake networks for authors of channels, tools, models and stores.
 *
 * @module
 */
export type {
  ChannelBench,
  ChannelBenchTools,
  OpenChannelBench,
  RoomMessage,
  SendFault,
  SentMessage,
} from './channel/bench.ts';
export { describeChannel } from './describe-channel.ts';
export type {
  DiscordFault,
  FakeDiscord,
  FakeDiscordGateway,
  FakeDiscordOptions,
  FakeDiscordPeople,
} from './fake-discord/controls.ts';
export { fakeDiscord } from './fake-discord/fake-discord.ts';
export type {
  DiscordCall,
  DiscordFile,
  DiscordInteractionAnswer,
  DiscordMessageReceipt,
  DiscordPings,
  DiscordUserMessage,
  FakeDiscordChannel,
  FakeDiscordGuild,
  FakeDiscordRole,
  FakeDiscordUser,
  SentDiscordMessage,
} from './fake-discord/records.ts';
export {
  type FakeOllamaServer,
  fakeAnthropic,
  fakeOllama,
  fakeOpenAI,
} from './fake-model/fake-model.ts';
export type { FakeModelOptions, FakeModelServer } from './fake-model/model-server.ts';
export type {
  FakeAnswer,
  FakeFailure,
  FakeFailureOptions,
  FakeModelRequest,
  FakeReply,
  FakeToolCall,
} from './fake-model/script.ts';
export type {
  FakeSlack,
  FakeSlackOptions,
  FakeSlackPeople,
  FakeSlackSockets,
  SlackFault,
} from './fake-slack/controls.ts';
export { fakeSlack } from './fake-slack/fake-slack.ts';
export type {
  FakeSlackApp,
  FakeSlackBot,
  FakeSlackChannel,
  FakeSlackChannelType,
  FakeSlackUser,
  FakeSlackWorkspace,
  SentSlackMessage,
  SlackCall,
  SlackDelivery,
  SlackFile,
  SlackPlace,
  SlackUserMessage,
} from './fake-slack/records.ts';
export {
  type FakeTailscale,
  type FakeTailscaleState,
  type TailscaleCall,
  fakeTailscale,
} from './fake-tailscale.ts';
export type {
  FakeTelegram,
  FakeTelegramOptions,
  FakeTelegramPeople,
  TelegramFault,
} from './fake-telegram/controls.ts';
export { fakeTelegram } from './fake-telegram/fake-telegram.ts';
export type { UploadedFile } from './fake-telegram/parameters.ts';
export type {
  FakeTelegramChat,
  FakeTelegramUser,
  SentTelegramMessage,
  TelegramCall,
  UserMessage,
  UserMessageReceipt,
} from './fake-telegram/records.ts';
export { describeStore } from './describe-store.ts';
export type { StoreBench, StoreSetup } from './store/bench.ts';
export { type ToolBench, describeTool } from './describe-tool.ts';
export { type ToolSourceBench, describeToolSource } from './describe-tool-source.ts';
