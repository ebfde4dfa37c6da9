import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditAnchor } from './audit-anchor.js';
import { AuditLog } from './audit-log.js';

/** Stands at both doors: who may, and who did. */
@Module({ imports: [ScheduleModule.forRoot()], providers: [AuditLog, AuditAnchor], exports: [AuditLog] })
export class AuthModule {}
