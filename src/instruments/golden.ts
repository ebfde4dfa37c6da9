import { sqlFile } from '../database/sql-file.js';

const GOLDEN_OF = sqlFile(import.meta.url, './sql/golden-of.sql');

/**
 * SQL of the golden records that follow from records: the one place where they are chosen.
 * @param touched SQL of a table with a column `isin`, each once
 * @param records SQL of a table like `record`
 */
export function goldenOf(touched: string, records: string): string {
  return GOLDEN_OF.replaceAll(':touched', touched).replaceAll(':records', records);
}
