import { Module } from '@nestjs/common';
import { InstrumentReader } from './instrument-reader.js';

/** The store: records, golden instruments, venues, their history and the change feed. */
@Module({ providers: [InstrumentReader], exports: [InstrumentReader] })
export class InstrumentsModule {}
