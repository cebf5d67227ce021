/** Programmes: what is asked for, by whom, against which targets, and when it is due. */
import { Module } from '@nestjs/common';
import { PlansService } from './plans.service.js';

@Module({ providers: [PlansService], exports: [PlansService] })
export class ProgrammesModule {}
