import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import type { Failure, RunRequest, RunState, RunTotals, Trigger } from './run.js';

/** bigint columns arrive as numbers: see `database.ts`. */
@Entity('edition')
export class EditionEntity {
  @PrimaryColumn('bigint') id: number;
  @Column('text', { name: 'source_id' }) sourceId: string;
  @Column('text') kind: 'full' | 'delta' | 'evidence';
  @Column('date', { name: 'edition_on' }) editionOn: string;
  @Column('text') fingerprint: string;
  @Column('text', { array: true }) scopes: string[];
  @Column('text') state: 'loaded' | 'held' | 'refused' | 'published' | 'compared';
}

@Entity('run')
export class RunEntity {
  @PrimaryColumn('bigint') id: number;
  @Column('text', { name: 'source_id' }) sourceId: string;
  @Column('text') trigger: Trigger;
  @Column('jsonb') requested: RunRequest;
  @Column('text') state: RunState;
  @Column('bigint', { nullable: true }) publication: number | null;
  @Column('jsonb', { nullable: true }) totals: RunTotals | null;
  @Column('jsonb', { nullable: true }) error: Failure | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt: Date | null;
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt: Date | null;

  @ManyToOne(() => EditionEntity)
  @JoinColumn({ name: 'edition_id' })
  edition: Relation<EditionEntity> | null;

  @OneToMany(() => RunStepEntity, (step) => step.run)
  steps: Relation<RunStepEntity[]>;
}

@Entity('run_step')
export class RunStepEntity {
  @PrimaryColumn('bigint', { name: 'run_id' }) runId: number;
  @PrimaryColumn('text') name: string;
  @Column('text') state: 'waiting' | 'running' | 'done' | 'failed';
  @Column('integer') attempt: number;
  @Column('jsonb', { nullable: true }) error: Failure | null;
  @Column('timestamptz', { name: 'started_at' }) startedAt: Date;
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt: Date | null;

  @ManyToOne(() => RunEntity, (run) => run.steps)
  @JoinColumn({ name: 'run_id' })
  run: Relation<RunEntity>;
}

@Entity('finding')
export class FindingEntity {
  @PrimaryColumn('bigint') id: number;
  @Column('bigint', { name: 'run_id' }) runId: number;
  @Column('text') code: string;
  @Column('text') severity: 'note' | 'warning' | 'stop';
  @Column('text') message: string;
  @Column('jsonb') fields: Record<string, unknown>;
}

@Entity('reject')
export class RejectEntity {
  @PrimaryColumn('bigint', { name: 'run_id' }) runId: number;
  @PrimaryColumn('text') part: string;
  @PrimaryColumn('bigint') line: number;
  @Column('jsonb') reasons: { code: string; field: string; value: string; message: string }[];
  @Column('text') raw: string;
}

export const RUN_ENTITIES = [EditionEntity, RunEntity, RunStepEntity, FindingEntity, RejectEntity];
