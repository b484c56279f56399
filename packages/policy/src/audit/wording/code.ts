/** Wordings of the checks of plugins, models, the browser, secrets, and what is ours. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const codeWordings: Readonly<Record<string, Wording>> = {
  'plugins.extensions_no_allowlist': {
    title: 'Plugins lie there and none is named',
    harm: 'It is not written down which code of others may run in the gateway. Here none is loaded.',
    remedy: 'Remove the folders, or name them in plugins.allow',
  },
  'plugins.allow_phantom_entries': {
    title: 'A named plugin is not there',
    harm: 'Whoever puts a folder of that name there has his code named already.',
    remedy: 'Remove the name from plugins.allow',
  },
  'plugins.tools_reachable_permissive_policy': {
    title: 'Tools of any plugin may be called',
    harm: 'A plugin that is added later has its tools used without another decision.',
    remedy: 'openclaw config set tools.profile messaging, and name tools one by one',
  },
  'plugins.<id>.security_audit_failed': {
    title: 'A check of a plugin did not do its work',
    harm: 'What it would have found is not known.',
    remedy: 'openclaw logs, and tell the authors of the plugin',
  },
  'models.legacy': {
    title: 'An old model is used',
    harm: 'It follows instructions in what it reads.',
    remedy: 'openclaw models use <provider/model>',
  },
  'models.weak_tier': {
    title: 'A model of a lower tier is used',
    harm: 'It follows instructions in what it reads more often than the best do.',
    remedy: 'openclaw models use <provider/model>',
  },
  'models.small_params': {
    title: 'A small model is used',
    harm: 'Small models follow instructions in what they read.',
    remedy: 'Give it no web tools, or use a larger one',
  },
  'browser.control_no_auth': {
    title: 'The browser is on and the gateway open',
    harm: 'Any program of this machine steers the browser with its logins.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'browser.control_invalid_config': {
    title: 'The browser cannot be reached as configured',
    harm: '',
    remedy: 'Correct the address',
  },
  'browser.remote_cdp_http': {
    title: 'A browser elsewhere is steered unencrypted',
    harm: 'Whoever is on the way steers it, and reads what it shows.',
    remedy: 'Use https or wss',
  },
  'browser.remote_cdp_private_host': {
    title: 'A browser in a private network is steered',
    harm: 'Pages it opens are inside that network.',
    remedy: 'Use a browser on this machine',
  },
  'browser.extension_relay_legacy_auth': {
    title: 'The older login of browser extensions is on',
    harm: 'A page that guesses the port may steer the browser.',
    remedy: 'openclaw config set browser.extensionRelay.allowLegacyAuth false',
  },
  'config.secrets.gateway_password_in_config': {
    title: 'The password stands in the config',
    harm: 'Whoever reads the file, or a copy of it, can come in.',
    remedy: 'Put it into a file or the keychain, and name that: docs/explanation/secrets.md',
  },
  'portcullis.flow.not_enforced': {
    title: 'Private data may leave',
    harm: 'What one person said can be carried to another, or out, without anybody being asked.',
    remedy: 'openclaw config set flow.mode enforce',
  },
  'portcullis.budgets.unset': {
    title: 'Nothing limits what is spent',
    harm: 'Somebody who is let in can have the agent spend for as long as he likes.',
    remedy: 'openclaw config set budgets.sender.tokensPerDay 200000',
  },
  'portcullis.config.pattern_never_matches': {
    title: 'A pattern never matches',
    harm: 'What it was meant to catch is not caught.',
    remedy: 'Write it in the pattern language: docs/reference/policy.md',
  },
  'security.audit.suppressions.active': {
    title: 'Some findings are not shown',
    harm: 'What is hidden is listed apart.',
    remedy: 'openclaw config unset security.audit.suppressions',
  },
  'summary.attack_surface': {
    title: 'What can be reached',
    harm: '',
    remedy: '',
  },
};
