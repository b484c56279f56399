/**
 * The keys OpenClaw's config has, so that a file written for it is understood: a key of this list
 * that means nothing here is a warning, a key of no list is an error. Facts only, three levels
 * deep; what lies deeper is not judged.
 *
 * @module
 */

/** Keys as nested names: `logging{level file}`. */
export const OPENCLAW_KEYS = `
$schema
meta{lastTouchedVersion migrations{modelPolicyAllowlist utilityModelSeparation}}
env{shellEnv{enabled timeoutMs} vars}
wizard{accessMode appRecommendations lastRunAt lastRunVersion lastRunCommit lastRunCommand
  lastRunMode securityAcknowledgedAt}
diagnostics{enabled flags otel{enabled endpoint tracesEndpoint metricsEndpoint logsEndpoint
  protocol headers serviceName metricNamePrefix traces metrics logs logsExporter sampleRate
  flushIntervalMs captureContent} cacheTrace{enabled}}
logging{level file maxFileBytes consoleLevel consoleStyle redactPatterns audit{enabled
  executionIdentity messages}}
update{channel checkOnStart auto{enabled}}
telemetry{enabled consentedAt}
browser{enabled allowSystemProfileImport evaluateEnabled cdpUrl executablePath headless
  noSandbox attachOnly defaultProfile snapshotDefaults{mode}
  ssrfPolicy{dangerouslyAllowPrivateNetwork allowRfc2544BenchmarkRange allowIpv6UniqueLocalRange
  allowedHostnames blockedHostnames} profiles extraArgs tabCleanup{enabled}
  extensionRelay{allowLegacyAuth}}
ui{seamColor prefs{theme themeMode accent locale chatShowThinking chatShowToolCalls
  chatPersistCommentary chatSendShortcut chatFollowUpMode sidebarEntries}}
secrets{egressProxy{enabled allowedHosts bypassHosts} providers defaults{env file exec store}}
auth{profiles order}
accessGroups
acp{enabled dispatch{enabled} backend fallbacks defaultAgent allowedAgents
  stream{repeatSuppression deliveryMode tagVisibility} runtime{installCommand}}
models{mode providers catalogRefresh{enabled url}}
nodeHost{autoUpdate{enabled} agentRuns{claude} workerRuns{enabled capacity isolation
  containerImage} browserProxy{enabled allowProfiles} mcp{servers} skills{enabled}}
agents{ownership defaults{params model modelSelectionScope utilityModel decisionModel imageModel
  mediaModels voiceModel pdfModel pdfMaxMb pdfMaxPages models modelPolicy workspace cwd skills
  silentReply repoRoot skipBootstrap skipOptionalBootstrapFiles contextInjection bootstrapMaxChars
  bootstrapTotalMaxChars experimental userTimezone startupContext contextPruning compaction
  embeddedAgent thinkingDefault fastModeDefault verboseDefault toolProgressDetail reasoningDefault
  elevatedDefault blockStreamingDefault blockStreamingBreak timeoutSeconds mediaMaxMb
  imageMaxDimensionPx imageQuality typingIntervalSeconds systemAgent authInheritance sessionStore
  maxConcurrent subagents contextLimits blockStreamingChunk blockStreamingCoalesce humanDelay
  typingMode heartbeat sandbox} entries}
worktreeRoot
worktreeAcceleration
tools{profile allow alsoAllow deny byProvider toolsBySender web{search fetch} github{profileId
  kind gitAuthor} media{models concurrency image audio video} links{enabled scope maxLinks
  timeoutSeconds models} sessions{visibility} loopDetection{enabled} toolSearch codeMode swarm
  message{crossContext actions broadcast} agentToAgent{enabled allow} elevated{enabled allowFrom}
  exec{host mode security ask node pathPrepend safeBins strictInlineEval commandHighlighting
  grantExpiryDays safeBinTrustedDirs safeBinProfiles reviewer backgroundMs approvalRunningNoticeMs
  timeoutSeconds cleanupMs notifyOnExit notifyOnExitEmptySuccess applyPatch} fs{workspaceOnly}
  subagents{tools} sandbox{tools} sessions_spawn{attachments} updatePlan}
security{audit{suppressions} installPolicy{enabled targets exec}}
bindings
broadcast{strategy}
attachments{ttlHours}
messages{visibleReplies responsePrefix usageTemplate responseUsage groupChat{mentionPatterns
  historyLimit unmentionedInbound visibleReplies} queue{mode byChannel debounceMsByChannel cap
  drop} inbound{debounceMs byChannel} ackReaction ackReactionScope statusReactions{enabled}}
tts{auto enabled mode provider persona personas summaryModel modelOverrides{enabled allowText
  allowProvider allowVoice allowModelId allowVoiceSettings allowNormalization allowSeed} providers
  maxTextLength timeoutMs}
commands{native nativeSkills text bash bashForegroundMs config mcp plugins debug restart
  ownerAllowFrom allowFrom}
approvals{exec{enabled mode agentFilter sessionFilter targets} plugin{enabled mode agentFilter
  sessionFilter targets}}
session{scope dmScope groupScope notifyOnCreate identityLinks resetTriggers reset{mode atHour
  idleMinutes} resetByType{direct group thread} resetByChannel store mainKey sendPolicy{default
  rules} threadBindings{enabled idleHours maxAgeHours spawnSessions defaultSpawnContext}
  sharing{readOnly suggest drafts} maintenance{mode coldStorage pruneAfter archiveDashboardAfter
  maxEntries preserveRecent resetArchiveRetention maxDiskBytes highWaterBytes}}
cron{enabled skipMissedJobs triggers{enabled} webhookToken
  webhookSsrfPolicy{dangerouslyAllowPrivateNetwork allowRfc2544BenchmarkRange
  allowIpv6UniqueLocalRange allowedHostnames blockedHostnames} sessionRetention
  failureAlert{enabled after cooldownMs includeSkipped mode accountId channel to}}
transcripts{enabled autoStart}
hooks{enabled path token defaultSessionKey allowRequestSessionKey allowedSessionKeyPrefixes
  allowedAgentIds presets transformsDir mappings gmail{account label topic subscription pushToken
  hookUrl includeBody maxBytes renewEveryMinutes allowUnsafeExternalContent serve tailscale model
  thinking} internal{enabled entries load}}
discovery{wideArea{domain} mdns{mode}}
talk{agentId provider providers realtime{provider providers model speakerVoice speakerVoiceId
  instructions mode transport vadThreshold silenceDurationMs prefixPaddingMs reasoningEffort brain
  consultRouting} consultThinkingLevel consultFastMode speechLocale interruptOnSpeech
  silenceTimeoutMs}
gateway{port mode bind customBindHost publicOrigin portals{ingress}
  controlUi{dangerouslyDisableDeviceAuth enabled basePath experimental root environment
  communityInvite github sessionObserver embedSandbox allowExternalEmbedUrls
  automaticallyFetchFavicons allowedOrigins dangerouslyAllowHostHeaderOriginFallback}
  cliAgents{enabled} terminal{enabled shell detachedSessionTimeoutSeconds} auth{mode token
  password allowTailscale identityScopes rateLimit trustedProxy} roles{default definitions}
  trustedProxies allowRealIpFallback tools{deny allow} tailscale{mode preserveFunnel} remote{url
  transport remotePort token password edgeAuth tlsFingerprint sshTarget sshIdentity
  sshHostKeyPolicy} reload{mode} tls{enabled autoGenerate certPath keyPath caPath} http{endpoints
  securityHeaders} push{apns} nodes{browser pairing pluginTools allowSkills commands}}
cloudWorkers{desktop preparedPool{maxTotal} projectProfiles profiles}
desktop{host{enabled managed port passwordFile}}
memory{citations search{enabled rememberAcrossConversations sources extraPaths multimodal
  experimental provider remote fallback model inputType queryInputType documentInputType
  outputDimensionality local store query cache}}
mcp{sessionIdleTtlMs servers apps{enabled sandboxOrigin sandboxPort}}
skills{allowBundled load{extraDirs allowSymlinkTargets watch} install{preferBrew nodeManager
  allowUploadedArchives} limits{maxCandidatesPerRoot maxSkillsLoadedPerSource maxSkillsInPrompt
  maxSkillsPromptChars maxSkillFileBytes} workshop{autonomous approvalPolicy maxPending
  maxSkillBytes} entries}
plugins{enabled allow deny load{paths} slots{memory contextEngine} entries}
surfaces
proxy{enabled proxyUrl tls{caFile} loopbackMode}
`;

/** Keys of the channels whose packages this product has, in the same form. */
export const OPENCLAW_CHANNEL_KEYS = `
telegram{name capabilities markdown configWrites enabled dmPolicy allowFrom defaultTo
  groupAllowFrom groupPolicy mentionPatterns contextVisibility historyLimit dmHistoryLimit dms
  textChunkLimit streaming heartbeatVisibility healthMonitor responsePrefix mediaMaxMb replyToMode
  joinIntro execApprovals commands customCommands botToken tokenFile groups direct richMessages
  network proxy webhookUrl webhookSecret webhookPath webhookHost webhookPort webhookCertPath
  actions threadBindings reactionNotifications reactionLevel ackReaction linkPreview
  silentErrorReplies errorPolicy apiRoot trustedLocalFileRoots autoTopicLabel accounts
  defaultAccount}
whatsapp{capabilities markdown configWrites enabled dmPolicy allowFrom defaultTo groupAllowFrom
  groupPolicy mentionPatterns contextVisibility historyLimit dmHistoryLimit dms textChunkLimit
  streaming heartbeatVisibility healthMonitor responsePrefix mediaMaxMb replyToMode
  sendReadReceipts selfChatMode groups direct reactionLevel pluginHooks accounts defaultAccount
  actions}
discord{name capabilities markdown configWrites enabled dmPolicy allowFrom defaultTo groupPolicy
  mentionPatterns contextVisibility historyLimit dmHistoryLimit dms textChunkLimit streaming
  heartbeatVisibility healthMonitor responsePrefix mediaMaxMb replyToMode joinIntro commands token
  applicationId activities proxy allowBots botLoopProtection dangerouslyAllowNameMatching
  mentionAliases suppressEmbeds maxLinesPerMessage actions thread dm guilds execApprovals
  agentComponents slashCommand threadBindings intents voice pluralkit ackReaction ackReactionScope
  activity status autoPresence activityType activityUrl inboundWorker accounts defaultAccount}
slack{name capabilities markdown configWrites enabled dmPolicy allowFrom defaultTo groupPolicy
  mentionPatterns contextVisibility historyLimit dmHistoryLimit dms textChunkLimit streaming
  heartbeatVisibility healthMonitor responsePrefix mediaMaxMb replyToMode joinIntro postAs mode
  relay signingSecret webhookPath execApprovals commands botToken appToken userToken
  userTokenReadOnly allowBots botLoopProtection dangerouslyAllowNameMatching requireMention
  implicitMentions unfurlLinks unfurlMedia reactionNotifications reactionAllowlist ackReaction
  replyToModeByChatType thread presenceEvents actions slashCommand dm channels typingReaction
  accounts defaultAccount}
`;

/** Ids of the channels OpenClaw knows. */
export const OPENCLAW_CHANNELS: readonly string[] = `
a2a buzz clickclack discord feishu googlechat imessage irc line matrix mattermost msteams
nextcloud-talk nostr qa-channel raft reef signal slack sms synology-chat telegram tlon twitch
whatsapp zalo zalouser
`
  .trim()
  .split(/\s+/u);
