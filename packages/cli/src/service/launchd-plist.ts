/**
 * The agent of a gateway for launchd.
 *
 * @module
 */
import { join } from 'node:path';

import type { Definition } from './definition.ts';

/** A line of what we wrote. */
export const PLIST_MARK =
  '<!-- Written by "openclaw gateway install"; a new install replaces it. -->';

/** 0077, as a decimal number. */
const UMASK = 0o077;

/** Writes the property list. launchd has no sandbox of its own to put the gateway into. */
export function launchdPlist(label: string, definition: Definition): string {
  const { command, env, stateDir, logsDir } = definition;
  const output = join(logsDir, 'service.log');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
${PLIST_MARK}
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(label)}
  <key>ProgramArguments</key>
  <array>
${command.map((each) => `    ${text(each)}`).join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(env)
  .map(([name, value]) => `    <key>${escapeXml(name)}</key>\n    ${text(value)}`)
  .join('\n')}
  </dict>
  <key>WorkingDirectory</key>
  ${text(stateDir)}
  <key>Umask</key>
  <integer>${String(UMASK)}</integer>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>60</integer>
  <key>AbandonProcessGroup</key>
  <false/>
  <key>HardResourceLimits</key>
  <dict>
    <key>Core</key>
    <integer>0</integer>
    <key>NumberOfProcesses</key>
    <integer>1024</integer>
  </dict>
  <key>StandardOutPath</key>
  ${text(output)}
  <key>StandardErrorPath</key>
  ${text(output)}
</dict>
</plist>
`;
}

function text(value: string): string {
  return `<string>${escapeXml(value)}</string>`;
}

function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
