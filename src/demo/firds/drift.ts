import type { FirdsWorld } from './firds-world.js';
import type { DriftKind } from './places.js';
import { ISIN, MIC } from './record-xml.js';
import { RecordWriter } from './record.js';

/** One key on which the full sets from the second on and the deltas disagree. */
export interface PlantedDrift {
  readonly isin: string;
  readonly mic: string;
  readonly kind: DriftKind;
  /** Paths of the leaves that differ; empty for what vanished or appeared. */
  readonly fields: readonly string[];
}

/** Exactly what was planted into the full sets from the second on. */
export function plantedDrift(world: FirdsWorld): readonly PlantedDrift[] {
  const writer = new RecordWriter(world);
  const planted: PlantedDrift[] = [];
  for (const [place, special] of world.special) {
    if (special.role !== 'drift') continue;
    const day = special.kind === 'vanished' ? world.firstDay : world.secondFullDay;
    world.ask(place, day, 'full');
    const occurrence = world.found(0);
    const list = writer.write(occurrence, day);
    const [isin, mic] = [list.get(ISIN) ?? '', list.get(MIC) ?? ''];
    let fields: readonly string[] = [];
    if (special.kind === 'differing') {
      const after = new Map(list.entries());
      occurrence.drift = -1;
      const before = writer.write(occurrence, day).entries();
      fields = before.filter(([path, value]) => after.get(path) !== value).map(([path]) => path);
    }
    planted.push({ isin, mic, kind: special.kind, fields });
  }
  return planted;
}
