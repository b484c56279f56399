/**
 * Contract suites and fake networks for authors of channels, tools, models and stores.
 *
 * @module
 */
export type {
  ChannelBench,
  ChannelBenchTools,
  OpenChannelBench,
  SendFault,
} from './channel/bench.ts';
export { describeChannel } from './describe-channel.ts';
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
export {
  type FakeTelegram,
  type FakeTelegramOptions,
  fakeTelegram,
} from './fake-telegram/fake-telegram.ts';
export type { TelegramFault } from './fake-telegram/faults.ts';
export type {
  FakeTelegramChat,
  FakeTelegramUser,
  SentTelegramMessage,
} from './fake-telegram/network.ts';
export type { UploadedFile } from './fake-telegram/parameters.ts';
export type {
  FakeTelegramPeople,
  UserMessage,
  UserMessageReceipt,
} from './fake-telegram/people.ts';
export type { TelegramCall } from './fake-telegram/server.ts';
export { type StoreBench, type StoreSetup, describeStore } from './describe-store.ts';
