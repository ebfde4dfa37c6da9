/**
 * What `psql` would do, where there is none: COPY a file of lines into the staging table, then insert it into the other.
 *
 *     node copy-floor.mjs <url> <file> <copy statement> <insert statement>
 */
import { createReadStream } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

const [, , url, path, copy, insert] = process.argv;
const client = new pg.Client({ connectionString: url });
await client.connect();
const startedAt = performance.now();
await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), client.query(copyFrom(copy)));
const copiedAt = performance.now();
await client.query(insert);
// As psql's \timing says it.
console.log(`Time: ${(copiedAt - startedAt).toFixed(3)} ms`);
console.log(`Time: ${(performance.now() - copiedAt).toFixed(3)} ms`);
await client.end();
