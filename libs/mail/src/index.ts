/** Mail: the texts, the ledger of deliveries, and the ways a mail can leave. */
export {
  type Bounced,
  type BounceOutcome,
  BouncesService,
  bounceOutcomes,
  clearBounces,
} from './bounces.service.js';
export {
  DELIVERY_COLUMNS,
  DeliveriesService,
  type Delivery,
  type DeliveryStatus,
  deliveryStatuses,
  type NewDelivery,
  type Permit,
} from './deliveries.js';
export * from './mail.module.js';
export {
  digestMail,
  type HeadlineFigure,
  type MailText,
  type MissingUnit,
  reminderMail,
  type SummaryMail,
  summaryMail,
} from './messages.js';
export { Postman, type PostmanSettings } from './postman.js';
export { type Attachment, type Message, SendFailure, type Transport } from './transports.js';
