import { clusterName, worksOn } from './server-process.js';

const DATA = '/srv/isinglass/postgres/data';

describe('worksOn', () => {
  it.each([
    ['a postmaster', ['/x/bin/postgres', '-D', DATA, '-p', '20001', '']],
    ['an initdb', ['/x/bin/initdb', '-D', DATA]],
    ['a child', [`postgres: ${clusterName(DATA)}: checkpointer `]],
  ])('recognises %s of the cluster', (_, words) => {
    expect(worksOn(DATA, words)).toBe(true);
  });

  it.each([
    ['another cluster', ['/x/bin/postgres', '-D', `${DATA}2`]],
    ['a child of another cluster', [`postgres: ${clusterName('/elsewhere')}: checkpointer `]],
    ['somebody who looks at the folder', ['/usr/bin/du', '-D', DATA]],
    ['a process without words', ['']],
  ])('leaves %s alone', (_, words) => {
    expect(worksOn(DATA, words)).toBe(false);
  });
});
