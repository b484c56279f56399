/** How many strangers there may be, and that they never take the place of a client. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import { LIMITS } from '@portcullis/protocol';
import { beforeEach, describe, expect, test } from 'vitest';

import { clientKey } from '../../src/server/listening/client-key.ts';
import { Pace } from '../../src/server/listening/pace.ts';
import { Strangers } from '../../src/server/listening/strangers.ts';

let ports = 0;

/** As much of a socket as is looked at. */
function visitor(remoteAddress: string, localPort: number = 1): Socket {
  ports += 1;
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    remotePort: ports,
    localPort,
    destroyed: false,
    destroy(): void {
      socket.destroyed = true;
      socket.emit('close');
    },
  });
  return socket as unknown as Socket;
}

function crowd(strangers: Strangers, address: string, count: number): readonly Socket[] {
  return Array.from({ length: count }, () => {
    const socket = visitor(address);
    strangers.admit(socket);
    return socket;
  });
}

const left = (sockets: readonly Socket[]): number =>
  sockets.filter(({ destroyed }) => !destroyed).length;

describe('one address', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, key) => {
    expect(clientKey(address)).toBe(key);
  });
});

describe('strangers', () => {
  test('P13.02: that come through another door leave programs of this machine their places', () => {
    const strangers = new Strangers();
    const handedOn = Array.from({ length: LIMITS.strangersPerClient + 1 }, () =>
      visitor('127.0.0.1', 2),
    );
    for (const socket of handedOn) strangers.admit(socket);
    expect(left(handedOn)).toBe(LIMITS.strangersPerClient);
    const own = visitor('127.0.0.1');
    strangers.admit(own);
    expect(own.destroyed).toBe(false);
    strangers.release(own);
    expect(strangers.count).toBe(LIMITS.strangersPerClient);
  });

  test('P13.02: of one address are bounded, however many of its IPv6 addresses it uses', () => {
    const strangers = new Strangers();
    const sockets = Array.from({ length: LIMITS.strangersPerClient + 50 }, (_, index) => {
      const socket = visitor(`2001:db8::${index.toString(16)}`);
      strangers.admit(socket);
      return socket;
    });
    expect(left(sockets)).toBe(LIMITS.strangersPerClient);
    expect(strangers.count).toBe(LIMITS.strangersPerClient);
  });

  test('P13.02: of a few addresses keep no other one out', () => {
    const strangers = new Strangers();
    const floods = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) =>
      crowd(strangers, address, LIMITS.strangersPerClient),
    );
    expect(strangers.count).toBe(LIMITS.strangers);
    const others = Array.from({ length: 100 }, (_, index) =>
      crowd(strangers, `192.0.2.${String(index)}`, 1),
    ).flat();
    expect(left(others)).toBe(100);
    expect(strangers.count).toBe(LIMITS.strangers);
    expect(floods.map(left).reduce((sum, count) => sum + count)).toBe(LIMITS.strangers - 100);
    const more = crowd(strangers, '10.0.0.1', 10);
    expect(left(more)).toBe(0);
  });

  test('that somebody vouches for give up their place, once', () => {
    const strangers = new Strangers();
    const [first, second] = crowd(strangers, '10.0.0.1', 2) as [Socket, Socket];
    strangers.release(first);
    strangers.release(first);
    expect(strangers.count).toBe(1);
    first.destroy();
    expect(strangers.count).toBe(1);
    second.destroy();
    expect(strangers.count).toBe(0);
  });
});

/** How many handshakes of `count` begin. */
function spend(pace: Pace, address: string, count: number): number {
  return Array.from({ length: count }, () => pace.take(address)).filter(Boolean).length;
}

describe('handshakes', () => {
  const burst = LIMITS.handshakeBurstPerClient;

  test('that fail are slowed down to what a client is given', () => {
    let now = 0;
    const pace = new Pace(() => now);
    expect(spend(pace, '10.0.0.1', 5000)).toBe(burst);
    now = 1000;
    expect(spend(pace, '10.0.0.1', 5000)).toBe(LIMITS.handshakesPerSecondPerClient);
    now = 1001;
    expect(spend(pace, '10.0.0.1', 5000)).toBeLessThan(2);
  });

  test('that succeed cost nothing', () => {
    const pace = new Pace(() => 0);
    for (let count = 0; count < 20_000; count += 1) {
      expect(pace.take('10.0.0.1')).toBe(true);
      pace.giveBack('10.0.0.1');
    }
    expect(spend(pace, '10.0.0.1', 5000)).toBe(burst);
  });

  test('of one client that guesses leave another one’s alone', () => {
    let now = 0;
    const pace = new Pace(() => now);
    for (let second = 0; second < 60; second += 1) {
      now = second * 1000;
      spend(pace, '10.0.0.66', 5000);
      expect(spend(pace, `192.0.2.${String(second)}`, 10)).toBe(10);
    }
  });

  test('of everybody together are bounded', () => {
    const pace = new Pace(() => 0);
    const taken = Array.from({ length: 50 }, (_, index) =>
      spend(pace, `10.0.1.${String(index)}`, 1000),
    );
    expect(taken.reduce((sum, count) => sum + count)).toBe(LIMITS.handshakeBurst);
  });

  describe('P13.04: where strangers have used up the common share', () => {
    let now: number;
    let pace: Pace;

    /** As many addresses as it takes, each within its own share. */
    function flood(): void {
      for (let index = 0; index < 5; index += 1) spend(pace, `10.0.2.${String(index)}`, 5000);
    }

    beforeEach(() => {
      now = 0;
      pace = new Pace(() => now);
      pace.take('192.0.2.1');
      pace.giveBack('192.0.2.1', true);
      pace.take('192.0.2.2');
      pace.giveBack('192.0.2.2');
      flood();
    });

    test('a paired device still gets in from where it was, and nobody else does', () => {
      expect(pace.take('192.0.2.1')).toBe(true);
      for (const address of ['192.0.2.2', '192.0.2.3', '10.0.2.1']) {
        expect(pace.take(address)).toBe(false);
      }
    });

    test('it goes on doing so for as long as they go on', () => {
      for (let second = 1; second <= 60; second += 1) {
        now = second * 1000;
        flood();
        expect(spend(pace, '192.0.2.1', 10)).toBe(10);
      }
    });

    test('it gets in however often it does so, while nobody else takes what it gives back', () => {
      for (let index = 0; index < 10 * LIMITS.handshakeReserve; index += 1) {
        expect(pace.take('192.0.2.1')).toBe(true);
        pace.giveBack('192.0.2.1', true);
        expect(pace.take('10.0.3.1')).toBe(false);
      }
    });

    test('what is kept for it is bounded, and ends a day after it was there', () => {
      const own = LIMITS.handshakeBurstPerClient;
      expect(spend(pace, '192.0.2.1', 5000)).toBe(Math.min(own, LIMITS.handshakeReserve));
      now = 24 * 3_600_000;
      flood();
      expect(pace.take('192.0.2.1')).toBe(false);
    });
  });

  test('P13.04: of clients nobody has seen before leave a bounded memory', () => {
    let now = 0;
    const pace = new Pace(() => now);
    for (let index = 0; index < 100_000; index += 1) {
      now = index;
      pace.take(`10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`);
    }
    expect(pace.remembered).toBeLessThanOrEqual(8192);
  });
});
