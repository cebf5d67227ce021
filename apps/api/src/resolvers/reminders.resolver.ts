/** Reminders by mail, and the addresses they go to. */
import { Args, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { type Caller, Can } from '#access';
import type { DeliveryStatus } from '#mail';
import {
  type Contact,
  ContactsService,
  type ContactWish,
  type Occasion,
  occasions,
  type RemindedByHand,
  type ReminderEntry,
  ReminderLedger,
  RemindersService,
} from '#reminders';
import { WhoCalls } from '../caller.guard.js';
import { DeliveryStatusEnum } from '../models/exports.js';
import { asPage, enumOf, pageOf } from '../models/shared.js';
import { Refuses } from '../told.js';

const OccasionEnum = enumOf('ReminderOccasion', occasions, 'DIGEST goes to the receiver, the others to the unit.');

@ObjectType()
export class ReminderDelivery {
  @Field() recipient!: string;
  @Field(() => DeliveryStatusEnum) status!: DeliveryStatus;
}

@ObjectType('Reminder', { description: 'One reminder of the ledger; without deliveries no address was known.' })
export class ReminderModel implements ReminderEntry {
  @Field(() => Int) id!: number;
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => OccasionEnum) occasion!: Occasion;
  @Field({ description: 'YYYY-MM-DD: the last day on time that it is about; by hand and digest: the day it was sent' })
  day!: string;
  @Field(() => Date) at!: Date;
  @Field(() => String, { nullable: true, description: 'Unit code and role of who sent it by hand' }) by!: string | null;
  @Field(() => [ReminderDelivery]) deliveries!: ReminderEntry['deliveries'];
}
const ReminderPage = pageOf(ReminderModel, 'ReminderPage');

@ObjectType('RemindedByHand', { description: 'Names of units.' })
export class RemindedByHandModel implements RemindedByHand {
  @Field(() => [String]) reminded!: string[];
  @Field(() => [String], { description: 'By hand once today already' }) already!: string[];
  @Field(() => [String]) withoutAddress!: string[];
}

@InputType()
export class ContactInput implements ContactWish {
  @Field({ name: 'unit', description: 'Official code' }) unitCode!: string;
  @Field(() => [String], { description: 'E-mail addresses of the office; empty ends the reminders' })
  recipients!: string[];
}

@ObjectType('Contact')
export class ContactModel implements Contact {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => [String]) recipients!: string[];
  @Field(() => Date) since!: Date;
  @Field({ description: 'Unit code and role of who set it' }) by!: string;
}

const unitArg = () =>
  Args('unit', { type: () => String, nullable: true, description: "The receiving unit; default: the caller's own" });
const programmeArg = () => Args('programme', { defaultValue: 'NQ57-TT' });

@Resolver()
export class RemindersResolver {
  constructor(
    private readonly remindersService: RemindersService,
    private readonly ledger: ReminderLedger,
    private readonly contactsService: ContactsService,
  ) {}

  @Query(() => ReminderPage, { description: 'The ledger of reminders of a receiving unit, newest first.' })
  @Can('report.remind')
  async reminders(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unitCode: string | null,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
    @programmeArg() programme: string,
  ) {
    return asPage(await this.ledger.list(caller, { unitCode, programme, round }, { first, after }));
  }

  @Mutation(() => RemindedByHandModel, {
    description: '"Nhắc N đơn vị": mails those whose report has not come, now; each at most once a day.',
  })
  @Can('report.remind')
  @Refuses('reminder.not_needed')
  remindUnits(
    @WhoCalls() caller: Caller,
    @Args('round') round: string,
    @unitArg() unitCode: string | null,
    @Args('units', { type: () => [String], nullable: true, description: 'Codes; all that are missing if left out' })
    units: string[] | null,
    @programmeArg() programme: string,
  ) {
    return this.remindersService.remind(caller, { unitCode, programme, round, units });
  }

  @Query(() => [ContactModel], { description: "Reminder addresses of the caller's unit and those directly below it." })
  @Can('contact.manage')
  contacts(@WhoCalls() caller: Caller) {
    return this.contactsService.list(caller, null);
  }

  @Mutation(() => [ContactModel], { description: 'Sets reminder addresses of units within reach, all or none.' })
  @Can('contact.manage')
  @Refuses('contact.invalid')
  setContacts(@WhoCalls() caller: Caller, @Args('contacts', { type: () => [ContactInput] }) contacts: ContactInput[]) {
    return this.contactsService.set(caller, contacts);
  }
}
