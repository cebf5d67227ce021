import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { MailModule } from '#mail';
import { ContactsService } from './contacts.service.js';
import { ReminderLedger } from './reminder.ledger.js';
import { RemindersService } from './reminders.service.js';

@Module({
  imports: [AccessModule, MailModule],
  providers: [ContactsService, ReminderLedger, RemindersService],
  exports: [ContactsService, ReminderLedger, RemindersService],
})
export class RemindersModule {}
