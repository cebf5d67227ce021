/** Reminders: where units want them, who is reminded when, and the ledger of it. */
export { type Contact, ContactsService, type ContactWish } from './contacts.service.js';
export * from './reminders.module.js';
export {
  type Occasion,
  occasions,
  type RemindedByHand,
  type ReminderEntry,
  RemindersService,
} from './reminders.service.js';
