import { Module } from '@nestjs/common';
import { Clock, CONFIG, type Config } from '#core';
import { BouncesService } from './bounces.service.js';
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
    BouncesService,
  ],
  exports: [DeliveriesService, BouncesService],
})
export class MailModule {}
