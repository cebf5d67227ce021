/** Reminders: where units want them, who is reminded when, and the ledger of it. */
export { type Contact, ContactsService, type ContactWish } from './contacts.service.js';
export { type Occasion, occasions, type ReminderEntry, ReminderLedger } from './reminder.ledger.js';
export * from './reminders.module.js';
export { type RemindedByHand, RemindersService } from './reminders.service.js';
