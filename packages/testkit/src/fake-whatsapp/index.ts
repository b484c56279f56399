/**
 * A fake WhatsApp, in a room of its own: it needs Baileys, which not everybody installs.
 *
 * @module
 */
export type {
  FakeWhatsApp,
  FakeWhatsAppFaults,
  FakeWhatsAppOptions,
  FakeWhatsAppPeople,
  FakeWhatsAppSights,
  WhatsAppFault,
  WhatsAppForgery,
  WhatsAppOperation,
} from './controls.ts';
export { fakeWhatsApp } from './fake-whatsapp.ts';
export type {
  SentWhatsAppMessage,
  SentWhatsAppReaction,
  WhatsAppAddressing,
  WhatsAppFile,
  WhatsAppGroup,
  WhatsAppMessageReceipt,
  WhatsAppNack,
  WhatsAppOwnMessage,
  WhatsAppPending,
  WhatsAppPerson,
  WhatsAppPresence,
  WhatsAppReceiptRecord,
  WhatsAppRequest,
  WhatsAppUserMessage,
  WhatsAppWords,
} from './records.ts';
