/** Mail: the texts, the ledger of deliveries, and the ways a mail can leave. */
export { type Bounced, type BounceOutcome, BouncesService, clearBounces } from './bounces.service.js';
export {
  DELIVERY_COLUMNS,
  DeliveriesService,
  type Delivery,
  type DeliveryStatus,
  deliveryStatuses,
} from './deliveries.js';
export * from './mail.module.js';
export { digestMail, type MailText, type MissingUnit, reminderMail, summaryMail } from './messages.js';
export { Postman } from './postman.js';
export type { Message } from './transports.js';
