/** Wordings of the checks that try things out. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const deepWordings: Readonly<Record<string, Wording>> = {
  'gateway.probe_failed': {
    title: 'The running gateway could not be asked',
    harm: 'What it enforces was not tried.',
    remedy: 'openclaw gateway run, then: openclaw security audit --deep',
  },
  'gateway.probe_auth_secretref_unavailable': {
    title: 'The credential for the probe could not be had',
    harm: 'What the running gateway enforces was not tried.',
    remedy: 'Make the reference available, then: openclaw security audit --deep',
  },
  'portcullis.probe.auth_not_enforced': {
    title: 'The running gateway lets in who knows no secret',
    harm: 'Whoever reaches the port runs the agent with everything it may do.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin, and restart it',
  },
  'portcullis.probe.origin_not_enforced': {
    title: 'The running gateway talks to any web page',
    harm: 'A page somebody lures you to may talk to the gateway with your browser.',
    remedy: 'openclaw config unset gateway.controlUi.allowedOrigins, and restart the gateway',
  },
  'portcullis.probe.host_not_enforced': {
    title: 'The running gateway answers to any name',
    harm: 'Somebody who lets his own name point here (DNS rebinding) makes your browser his way in.',
    remedy: 'Restart the gateway, and see that no proxy before it rewrites the Host header',
  },
  'portcullis.probe.guess_limit_not_enforced': {
    title: 'The running gateway may be guessed at for ever',
    harm: 'Somebody who may try often can guess a secret.',
    remedy: `openclaw config set gateway.auth.rateLimit '{"maxAttempts":10,"windowMs":60000,"lockoutMs":300000}', and restart it`,
  },
  'portcullis.probe.guesses_lock_out_owner': {
    title: 'Guesses of a web page lock you out',
    harm: 'A page that guesses keeps the commands of this machine from the gateway.',
    remedy: 'Restart the gateway: openclaw gateway run',
  },
  'portcullis.probe.health_tells_too_much': {
    title: 'The running gateway tells strangers more than that it lives',
    harm: 'Whoever reaches the port learns what helps him to attack it.',
    remedy: 'Update the gateway, and see that nothing else answers on its port',
  },
  'portcullis.probe.unclear': {
    title: 'Whether the running gateway holds is not clear',
    harm: 'What was not refused clearly may be open.',
    remedy: 'openclaw security audit --deep --timeout 30000',
  },
  'portcullis.probe.not_tried': {
    title: 'Something was not tried at the running gateway',
    harm: 'To try it from here would lock this machine out.',
    remedy: '',
  },
  'plugins.code_safety': {
    title: 'The code of a plugin does what deserves a look',
    harm: 'Code in the gateway has everything the gateway has.',
    remedy: 'Read the places, and remove the plugin unless you know why they are there',
  },
  'plugins.code_safety.entry_escape': {
    title: 'A plugin loads code from outside its folder',
    harm: 'Whoever can write there has his code run in the gateway.',
    remedy: 'Remove the plugin',
  },
  'plugins.code_safety.entry_path': {
    title: 'A plugin loads code from a hidden place',
    harm: 'What lies there is not looked at, by you or by this audit.',
    remedy: 'Read the file, and remove the plugin unless you know why it is there',
  },
  'plugins.code_safety.manifest_parse_error': {
    title: 'The package.json of a plugin cannot be read',
    harm: 'What the plugin would load is not known.',
    remedy: 'Install the plugin anew, or remove it',
  },
  'plugins.code_safety.scan_failed': {
    title: 'Some code of a plugin was not looked at',
    harm: 'What was not looked at may do anything.',
    remedy: 'Look at the files yourself, or remove the plugin',
  },
  'portcullis.browser.not_found': {
    title: 'There is no browser to steer',
    harm: 'The browser is switched on and cannot be used.',
    remedy: 'Install Chromium, or name it in browser.executablePath',
  },
  'portcullis.browser.no_sandbox': {
    title: 'The browser runs without its sandbox',
    harm: 'A page that finds a hole in it has everything this user has.',
    remedy: 'openclaw config unset browser.noSandbox',
  },
};
