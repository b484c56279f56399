/**
 * Parameters that are taken and that no handler reads, each with the reason why that is no lie. What
 * would ask for another thing to be done, or to be checked first, is refused and does not stand here.
 */
import type { MethodName } from '@portcullis/protocol';

const NONE = 'There is nothing to filter: the answer is "none".';
const MODEL = 'How a model thinks is for the configuration to say; clients send their preference.';
const NULL_ONLY = 'Only null is taken, which says that the session has none of its own.';
const COMPARED =
  'Read for every entry there is; this world has none. Tests of the method have some.';

/** By method and parameter. */
export const INERT: Partial<Record<MethodName, Readonly<Record<string, string>>>> = {
  'chat.send': {
    deliver: 'Only false is taken: the answer goes to the clients that listen.',
    expectedPermissionMode: NULL_ONLY,
    expectedToolOverrides: NULL_ONLY,
    thinking: MODEL,
    fastMode: MODEL,
    fastAutoOnSeconds: MODEL,
    intent: 'What a page believes the message to be for.',
    queueMode: 'There is one: messages of a session wait for each other, and none is lost.',
    replyToId: 'What a page shows the message as an answer to; the transcript is in order anyway.',
    suppressCommandInterpretation: 'No message of a client is ever taken as a command.',
    timeoutMs: 'How long a turn may take is for the configuration to say.',
  },
  'sessions.send': {
    thinking: MODEL,
    timeoutMs: 'How long a turn may take is for the configuration to say.',
  },
  agent: {
    to: 'Refused where no session is named, and overruled by one that is.',
    bestEffortDeliver: 'Nothing is delivered, so that nothing can fail to be.',
    thinking: MODEL,
    lane: 'Every session has one lane.',
    cleanupBundleMcpOnRunEnd: 'No run has tool servers of its own.',
  },
  'web.login.start': { verbose: 'What a login does is in the log as it is.' },
  'chat.abort': { preserveSideRuns: 'No run has side runs.' },
  'chat.metadata': {
    agentId: 'Models and commands are the same for all agents.',
    sessionKey: 'And for all sessions.',
  },
  'sessions.describe': {
    includeDerivedTitles: 'A row never has a derived title.',
    includeLastMessage: 'sessions.preview has the last words.',
  },
  'sessions.resolve': {
    includeGlobal: 'There is no global session.',
    includeUnknown: 'There is no session of an unknown kind.',
    slugHint: 'How a page spells the session in its address.',
  },
  'sessions.messages.subscribe': {
    includeApprovals: 'Approvals are told to everybody who holds their scope.',
  },
  'sessions.create': {
    parentSessionKey: 'Where a page comes from: no right is ever handed on by it.',
    emitCommandHooks: 'No hook runs on commands.',
    succeedsParent: 'Sessions follow each other by no order but that of their making.',
  },
  'sessions.patch': {
    contextWindow: NULL_ONLY,
    expectedMarkedUnreadAt: 'Only null is taken: nothing here is ever unread.',
    fastMode: NULL_ONLY,
    permissionMode: NULL_ONLY,
    reasoningLevel: NULL_ONLY,
    responseUsage: NULL_ONLY,
    sendPolicy: NULL_ONLY,
    thinkingLevel: NULL_ONLY,
    toolOverrides: NULL_ONLY,
    traceLevel: NULL_ONLY,
    unread: 'Only false is taken: nothing here is ever unread.',
    verboseLevel: NULL_ONLY,
  },
  'sessions.reset': { reason: 'Both reasons end in the same new beginning.' },
  'sessions.delete': {
    deleteTranscript: 'Only true is taken: it always goes with its session.',
    emitLifecycleHooks: 'No hook runs on the end of sessions.',
  },
  'models.list': {
    agentId: 'Models are configured for all agents, and all of them are listed.',
    includeProviderCapabilities: 'Nothing is known of providers but their models.',
    preparedOnly: 'A model that cannot be used is listed as not available.',
    refresh: 'The list is that of the configuration, which is always fresh.',
    view: 'Every view is of the configuration.',
  },
  'channels.pairing.approve': { notify: 'Whoever is let in is told, always.' },
  'device.pair.setupCode': { includeQr: 'Whoever shows the code draws it.' },
  'node.invoke.progress': {
    chunk: 'Only that the command goes on counts; its output comes with the result.',
    seq: 'The same.',
  },
  'node.event': {
    payload: 'Only that the node is alive means something, and nothing in what it says does.',
    payloadJSON: 'The same.',
  },
  'node.pending.drain': { maxItems: 'Nothing ever waits for a node.' },
  'node.pending.ack': { ids: 'Nothing ever waits for a node: the answer acknowledges none.' },
  'exec.approval.request': {
    requireDeliveryRoute: 'Only true is taken, and it always is.',
    unavailableDecisions: 'Only allow-always can be named, and it is never offered.',
  },
  'question.resolve': {
    resolvedBy: 'Whom a client speaks for: nobody but the connection itself answers.',
  },
  'cron.list': {
    agentId: COMPARED,
    compact: 'Every row is whole.',
    enabled: COMPARED,
    includeDeliveryPreviews: 'A job has no preview of what it would deliver.',
    includeDisabled: COMPARED,
    lastRunStatus: COMPARED,
    query: COMPARED,
    scheduleKind: COMPARED,
    trigger: COMPARED,
  },
  'audit.activity.list': {
    agentId: COMPARED,
    runId: COMPARED,
    sessionKey: COMPARED,
    status: COMPARED,
  },
  'audit.list': { agentId: COMPARED, runId: COMPARED, sessionKey: COMPARED, status: COMPARED },
  'commands.list': {
    agentId: 'Commands are the same for all agents.',
    includeArgs: 'Every command says its arguments.',
    sessionKey: 'And for all sessions.',
  },
  'update.status': { refreshCheckout: 'The gateway does not update itself.' },
  'models.authStatus': { agentId: NONE, refresh: NONE },
  'tasks.list': { agentId: NONE, cursor: NONE, limit: NONE, sessionKey: NONE, status: NONE },
  'sessions.branches.list': { agentId: NONE, sessionKey: NONE },
  'sessions.companion.state': { agentId: NONE, sessionKey: NONE },
  'sessions.observer.visibility': { visible: 'Nothing depends on whether a page is in view.' },
  'progressCard.get': { sessionKey: NONE },
  'taskSuggestions.list': { agentId: NONE, sessionKey: NONE },
};
