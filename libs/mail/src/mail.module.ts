import { Module } from '@nestjs/common';
import { Clock, CONFIG, type Config } from '#core';
import { DeliveriesService, TRANSPORT } from './deliveries.js';
import { transportOf } from './transports.js';

@Module({
  providers: [
    {
      provide: TRANSPORT,
      useFactory: (config: Config, clock: Clock) => transportOf(config, clock),
      inject: [CONFIG, Clock],
    },
    DeliveriesService,
  ],
  exports: [DeliveriesService],
})
export class MailModule {}
