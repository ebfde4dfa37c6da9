import { FAULT_NAMES, FAULTS } from './faults.js';
import { FIRDS_FAULT_NAMES, FIRDS_FAULTS } from './firds/firds-faults.js';
import { FILES_AT } from './firds/listing.js';
import { ESMA_LISTING, FCA_LISTING } from './firds/site.js';
import type { SimulatedPublisher } from './publisher.js';
import { EVENT_KINDS, FEWEST_INSTRUMENTS } from './world.js';

/** What `GET /` tells a person: what is served, what happened today, which faults there are, how to turn the knobs. */
export function explain(publisher: SimulatedPublisher): string {
  const { url, world, firds, publications, day, requests, fault } = publisher;
  const events = world.eventsOn(day);
  const counts = EVENT_KINDS.map((kind) => `${events.filter((event) => event.kind === kind).length} ${kind}`);
  const { instruments, seed, lastDay } = world;
  const faultNow = fault
    ? `${fault.name} for ${fault.match ?? 'every address'}, ${fault.times === undefined ? 'until taken away' : `${fault.times} more times`}`
    : 'none';
  return [
    'Simulated publisher of Isinglass. Companies and numbers are invented, formats are real.',
    '',
    `Day ${day} of 0 to ${lastDay}: ${world.dateOf(day)}. Since the day before: ${counts.join(', ')}.`,
    `World: seed ${seed}, ${instruments} instruments on day 0 (never fewer than ${FEWEST_INSTRUMENTS}).`,
    `Fault: ${faultNow}. Requests so far: ${requests}.`,
    '',
    'Served (https://host/path is at /host/path):',
    ...publications.map(({ address, about }) => `  ${url}/${address}\n      ${about}`),
    `  ${url}/${ESMA_LISTING}?q=*&sort=publication_date+asc,file_name+asc&wt=json`,
    `      ESMA FIRDS: about ${firds.esma.instruments} instruments, files since ${firds.esma.firstDate} at /${FILES_AT.esma}/`,
    `  ${url}/${FCA_LISTING}?q=file_type:DLTINS&sort=file_name:asc`,
    `      FCA FIRDS: some of the same instruments and others, files at /${FILES_AT.fca}/`,
    '',
    'Faults:',
    ...FAULT_NAMES.map((name) => `  ${name.padEnd(18)} ${FAULTS[name].description}`),
    ...FIRDS_FAULT_NAMES.map((name) => `  ${name.padEnd(18)} ${FIRDS_FAULTS[name].description}`),
    '',
    'Turn the knobs:',
    ...[
      '{"advance": 1}',
      '{"day": 3}',
      '{"fault": "truncation", "match": "/EQUITY_L", "times": 1}',
      '{"fault": "missing-part", "match": "FULINS_R_"}',
      '{"fault": null}',
    ].map((body) => `  curl -X POST -d '${body}' ${url}/_control`),
  ].join('\n');
}
