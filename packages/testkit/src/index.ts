/**
 * Contract suites and fake networks for authors of channels, tools, models and stores.
 *
 * @module
 */
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
