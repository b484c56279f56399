/**
 * The contract of what goes out beside plain messages: files, edits, read marks, and no side effects.
 *
 * @module
 */
import { DeliveryError, type OutboundFile } from '@portcullis/core';
import { expect } from 'vitest';
import { type ContractCase, skipped, without } from './contract-case.ts';
import type { Stage } from './stage.ts';

const soon = () => AbortSignal.timeout(10_000);

function fileOf(length: number, name: string): OutboundFile {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
  return { name, mimeType: 'application/octet-stream', bytes };
}

async function sendsFiles(stage: Stage) {
  const { channel, conversation: to, ...bench } = stage.bench;
  const { maxFileBytes } = channel;
  if (maxFileBytes === undefined) return skipped('this channel sends no files');
  if (bench.lastSent === undefined) return without('lastSent');
  expect(maxFileBytes, 'maxFileBytes is what the network takes').toBeGreaterThan(0);
  const [file, other] = [fileOf(70_000, 'report.bin'), fileOf(3, 'empty words.txt')];
  const key = (text: string) => ({ to, text, idempotencyKey: `file ${text}` });
  const receipt = await channel.send({ ...key('**the** report'), file }, soon());
  const sent = stage.bench.lastSent?.();
  expect(sent?.text, 'the text is written beside the file').toBe('the report');
  expect(sent?.file?.name).toBe('report.bin');
  expect(Buffer.from(sent?.file?.bytes ?? []).equals(file.bytes), 'every byte arrived').toBe(true);
  expect(receipt.messageId).toBe(sent?.id);
  await channel.send({ ...key(''), file: other }, soon());
  expect(stage.bench.lastSent?.()?.file?.bytes, 'a file needs no words').toEqual(other.bytes);
  return undefined;
}

async function keepsFileNamesHarmless(stage: Stage) {
  const { bench } = stage;
  if (bench.channel.maxFileBytes === undefined) return skipped('this channel sends no files');
  if (bench.lastSent === undefined) return without('lastSent');
  const file = fileOf(20, '../a"; name="chat_id"\r\nX-Evil: 1\r\n\r\n5 ü.txt');
  const message = { to: bench.conversation, text: 'x', file, idempotencyKey: 'file-name' };
  await bench.channel.send(message, soon());
  const sent = bench.lastSent();
  expect(sent?.file?.bytes, 'a name is no part of the request').toEqual(file.bytes);
  expect(sent?.file?.name ?? '').not.toMatch(/[\r\n/\\]/u);
  expect(sent?.text).toBe('x');
  return undefined;
}

async function losesFileAnswers(stage: Stage) {
  const { bench } = stage;
  if (bench.channel.maxFileBytes === undefined) return skipped('this channel sends no files');
  const file = fileOf(20, 'a.txt');
  const message = { to: bench.conversation, text: 'x', file, idempotencyKey: 'file-lost' };
  await bench.failNextSend('unreachable');
  const error: unknown = await bench.channel
    .send(message, soon())
    .catch((thrown: unknown) => thrown);
  await bench.heal();
  expect(error).toBeInstanceOf(Error);
  expect(DeliveryError.outcomeOf(error), 'a file that never left may be sent again').toBe('retry');
  await bench.channel.send(message, soon());
  expect(bench.sent()).toEqual(['x']);
  return undefined;
}

async function edits(stage: Stage) {
  const { channel, conversation: to, lastSent } = stage.bench;
  if (channel.edit === undefined) return skipped('this channel edits nothing');
  if (lastSent === undefined) return without('lastSent');
  const draft = { to, text: 'a draft', idempotencyKey: 'edit-1' };
  const { messageId } = await channel.send(draft, soon());
  await channel.edit(to, messageId, 'the **whole** answer', soon());
  const sent = stage.bench.lastSent?.();
  expect(sent?.id, 'an edit is no second message').toBe(messageId);
  expect(sent?.text).toBe('the whole answer');
  await channel.edit(to, messageId, 'the **whole** answer', soon());
  expect(stage.bench.lastSent?.()?.text, 'the same text again is no fault').toBe(
    'the whole answer',
  );
  return undefined;
}

async function showsNoPreview(stage: Stage) {
  const { bench } = stage;
  if (bench.lastSent === undefined) return without('lastSent');
  const text = 'see https://a.example/?q=secret and [this](https://b.example/x)';
  const message = { to: bench.conversation, text, idempotencyKey: 'preview' };
  const { messageId } = await bench.channel.send(message, soon());
  const why = 'a preview fetches every link in an answer: a way out for what stands in the link';
  expect(bench.lastSent()?.preview ?? false, why).toBe(false);
  expect(bench.lastSent()?.text).toContain('a.example');
  if (bench.channel.edit === undefined) return undefined;
  await bench.channel.edit(bench.conversation, messageId, `now ${text}`, soon());
  expect(bench.lastSent()?.preview ?? false, 'an edit is not to show one, either').toBe(false);
  return undefined;
}

async function pingsNobody(stage: Stage) {
  const { bench } = stage;
  if (bench.lastSent === undefined) return without('lastSent');
  if (bench.pings === undefined) return without('pings');
  const places = [bench.conversation, ...(bench.room === undefined ? [] : [bench.room])];
  for (const [index, to] of places.entries()) {
    for (const [at, ping] of bench.pings.entries()) {
      for (const text of [
        `${ping} hello`,
        `**${ping}**`,
        `\`x\` ${ping}`,
        `[${ping}](https://a.example)`,
      ]) {
        const idempotencyKey = `ping-${index}-${at}-${text}`;
        await bench.channel.send({ to, text, idempotencyKey }, soon());
        const why = `"${text}" must be words: what a model writes may not notify a whole room`;
        expect(bench.lastSent()?.pings ?? [], why).toEqual([]);
      }
    }
  }
  return undefined;
}

async function saysRead(stage: Stage) {
  const { bench } = stage;
  if (bench.channel.seen === undefined) return skipped('this network has no read receipts');
  if (bench.seen === undefined) return without('seen');
  stage.start();
  await bench.receive('first', 'did you read this?');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  const why = 'a read receipt tells a stranger that somebody is here: only the gateway asks for it';
  expect(bench.seen(), why).toEqual([]);
  const [event] = stage.accepted;
  if (event !== undefined) await bench.channel.seen(event, soon());
  await stage.eventually(() => (bench.seen?.().length ?? 0) > 0, 'the read receipt');
  expect(bench.seen()).toEqual([event?.messageId]);
  return undefined;
}

async function showsTyping(stage: Stage) {
  const { bench } = stage;
  if (bench.channel.typing === undefined) return skipped('this network has no typing notice');
  if (bench.typing === undefined) return without('typing');
  expect(bench.typing()).toBe(0);
  await bench.channel.typing(bench.conversation, soon());
  await stage.eventually(() => (bench.typing?.() ?? 0) > 0, 'the typing notice');
  expect(bench.sent()).toEqual([]);
  return undefined;
}

async function findsDoubtful(stage: Stage) {
  const { channel, conversation: to } = stage.bench;
  if (channel.idempotentSend === undefined && channel.lookup === undefined) {
    return skipped('this network knows no idempotency keys');
  }
  const message = { to, text: 'once', idempotencyKey: 'the key of the contract' };
  await stage.bench.failNextSend('answer-lost');
  await channel.send(message, soon()).catch(() => undefined);
  await stage.bench.heal();
  if (channel.lookup !== undefined) {
    const found = await channel.lookup(message.idempotencyKey, soon(), to);
    expect(found?.messageId, 'what arrived is found by its key').toBeTypeOf('string');
    expect(await channel.lookup('another key', soon(), to), 'what did not is not').toBeUndefined();
  }
  if (channel.idempotentSend !== undefined) {
    const receipt = await channel.send(message, soon());
    expect(receipt.messageId).not.toBe('');
  }
  const why = 'idempotentSend says that the network drops a second message with the same key';
  expect(stage.bench.sent(), why).toEqual(['once']);
  return undefined;
}

/** What every channel does with what goes out beside plain messages. */
export const EXTRAS: readonly ContractCase[] = [
  { name: 'a file arrives whole, with what is written beside it', run: sendsFiles },
  { name: 'the name of a file changes nothing but its name', run: keepsFileNamesHarmless },
  { name: 'a file that never left is to be tried again', run: losesFileAnswers },
  { name: 'an edit changes the message and sends no other', run: edits },
  { name: 'links show no preview', run: showsNoPreview },
  { name: 'words of an answer notify nobody', run: pingsNobody },
  { name: 'says read when told, and never by itself', run: saysRead },
  { name: 'shows that it is typing', run: showsTyping },
  { name: 'a doubtful message arrives once', run: findsDoubtful },
];
