import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { MailModule } from '#mail';
import { ContactsService } from './contacts.service.js';
import { RemindersService } from './reminders.service.js';

@Module({
  imports: [AccessModule, MailModule],
  providers: [ContactsService, RemindersService],
  exports: [ContactsService, RemindersService],
})
export class RemindersModule {}
