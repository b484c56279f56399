/**
 * Starts the page: opens the device key, takes the token, connects, draws.
 *
 * @module
 */
import { render } from 'preact';

import { takeFromAddress } from './state/credential.ts';
import { createControl } from './state/control.ts';
import { Page } from './view/page.tsx';
import { Reason } from './view/sign-in.tsx';
import { deviceDatabase } from './wire/device-database.ts';
import { canHoldKeys, openDevice } from './wire/device.ts';

/** The gateway serves this page and answers on the same address. */
function gatewayAddress(): string {
  const { protocol, host, pathname } = globalThis.location;
  const folder = pathname.slice(0, pathname.lastIndexOf('/') + 1);
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}${folder}`;
}

async function start(root: HTMLElement): Promise<void> {
  const brought = takeFromAddress();
  if (!canHoldKeys()) {
    render(
      <main class="sign-in">
        <h1>Portcullis</h1>
        <Reason
          refusal={{
            code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED',
            title: 'This address is not safe enough',
            advice:
              'Browsers keep keys only for pages opened over https or on the machine itself. Open the page at localhost, or put https in front of the gateway.',
            commands: [],
            asksForToken: false,
            retries: false,
          }}
        />
      </main>,
      root,
    );
    return;
  }
  const control = createControl({
    url: gatewayAddress(),
    device: await openDevice(deviceDatabase()),
    client: {
      id: 'openclaw-control-ui',
      version: '1',
      platform: 'web',
      mode: 'webchat',
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone.slice(0, 64),
    },
  });
  render(<Page control={control} />, root);
  if (brought !== undefined) control.bring(brought);
  else if (control.hasCredential()) control.retry();
  // A link with a token that is opened in this very tab changes the address only.
  globalThis.addEventListener('hashchange', () => {
    const later = takeFromAddress();
    if (later !== undefined) control.bring(later);
  });
  globalThis.addEventListener('online', () => {
    if (control.state.get().phase === 'waiting') control.retry();
  });
}

const root = document.querySelector<HTMLElement>('#page');
if (root !== null) void start(root);
